r"""AnySkin's byte stream (pip package anyskin 1.0.0, arduino/5X_binary_burst_stream).

A frame holds (T, Bx, By, Bz) as little-endian float32 for each magnetometer, then "\r\n": 82 bytes for one pad of five,
162 for two pads on one board. There is no checksum, no counter and no device time, and "\r\n" may also occur inside the
floats, so the stream is followed by frame length and checked by the terminator and by the plausibility of every value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

TERMINATOR = b"\r\n"
LARGEST = 1e5
"""The MLX90393 ends at 50 mT = 5e4 uT; its raw temperature is a 16-bit number."""
SMALLEST = 1e-3
"""One count is 0.15 uT. Bytes read out of step give floats of any exponent, mostly far below this."""


@dataclass(frozen=True)
class Reading:
    """One frame.

    Attributes:
        field: uT, each chip's own axes, x y z chip by chip, shape (3 n,), float32.
        temperature: raw, shape (n,), float32.
    """

    field: NDArray[np.float32]
    temperature: NDArray[np.float32]


def frame_size(magnetometers: int) -> int:
    """Bytes of a frame."""
    return 16 * magnetometers + len(TERMINATOR)


def encode_frame(field: ArrayLike, temperature: ArrayLike) -> bytes:
    """The frame a board sends for `field` (3 n,) uT and `temperature` (n,)."""
    values = np.column_stack([np.asarray(temperature), np.reshape(field, (-1, 3))])
    return values.astype("<f4").tobytes() + TERMINATOR


class FrameParser:
    """Cuts frames out of a stream that may start anywhere, lose bytes and hold garbage.

    In step, one frame length is taken at a time. When a frame is not one, the parser is out of step and trusts only a
    place where two good frames follow each other. A wrong frame is thus at most a single one: bytes were lost in step,
    and chance put a terminator where the frame should end.
    """

    def __init__(self, magnetometers: int):
        self._size = frame_size(magnetometers)
        self._buffer = bytearray()
        self._in_step = False
        self.discarded = 0
        """Bytes thrown away since the start."""

    def feed(self, data: bytes) -> list[Reading]:
        """The frames that `data` completes, oldest first."""
        self._buffer += data
        frames: list[Reading] = []
        while len(self._buffer) >= self._size * (1 if self._in_step else 2):
            if self._in_step:
                reading = self._decode(0)
                if reading is None:
                    self._in_step = False
                    continue
                frames.append(reading)
                del self._buffer[: self._size]
            else:
                self._search()
        return frames

    def _search(self) -> None:
        """Drop bytes up to the first place where two good frames start, or all that cannot be such a place."""
        last = len(self._buffer) - 2 * self._size
        end = self._buffer.find(TERMINATOR, self._size - len(TERMINATOR))
        while 0 <= (start := end + len(TERMINATOR) - self._size) <= last:
            if self._decode(start) and self._decode(start + self._size):
                self._in_step = True
                break
            end = self._buffer.find(TERMINATOR, end + 1)
        else:
            start = last + 1
        self.discarded += start
        del self._buffer[:start]

    def _decode(self, start: int) -> Reading | None:
        """The frame at `start`, None when there is none."""
        end = start + self._size
        if self._buffer[end - len(TERMINATOR) : end] != TERMINATOR:
            return None
        values = np.frombuffer(bytes(self._buffer[start : end - len(TERMINATOR)]), "<f4").reshape(-1, 4)
        magnitude = np.abs(values)
        plausible = (magnitude <= LARGEST) & ((magnitude >= SMALLEST) | (magnitude == 0))  # NaN compares false
        if not plausible.all():
            return None
        return Reading(values[:, 1:].ravel(), values[:, 0].copy())
