"""Two AnySkin pads on one board, behind a pseudo-terminal."""

from __future__ import annotations

import contextlib
import os
import pty
import tty
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from vital_ros.tactile import encode_frame

TEMPERATURE = 46244.0
"""The MLX90393's raw value at 25 degrees C."""


class AnySkinBoard:
    """Streams frames whether or not somebody reads them, as the real board does."""

    def __init__(self, link: Path):
        """Make the terminal and a symbolic link to it at `link`; raise OSError."""
        self._link = link
        self._board, self._port = pty.openpty()
        tty.setraw(self._port)  # a cooked terminal would turn CR into LF
        os.set_blocking(self._board, False)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(self._port))

    def send(self, field: ArrayLike) -> None:
        """Send one frame of `field`, uT, of any shape with 3 values a magnetometer. With a full buffer it is lost."""
        values = np.ravel(field)
        with contextlib.suppress(BlockingIOError):
            os.write(self._board, encode_frame(values, np.full(len(values) // 3, TEMPERATURE)))

    def close(self) -> None:
        self._link.unlink(missing_ok=True)
        os.close(self._port)
        os.close(self._board)
