"""Two streams of which every message has a partner with the same stamp: a frame and its mask."""

from __future__ import annotations

import struct
from collections import deque
from typing import NamedTuple

PATIENCE = 60
"""Messages of one stream that wait for a partner at most: two seconds of a camera."""


class Received(NamedTuple):
    """A serialised message as it came."""

    topic: str
    msgtype: str
    cdr: bytes
    stamp_ns: int
    """When it came, ns."""


class Pairing:
    """Lets messages of two topics through in pairs of equal header stamps; one without a partner never comes out.

    Each takes its own way to the recorder, so that at either end of an episode, or where a camera drops a frame, one of
    the two may be missing.
    """

    def __init__(self, first: str, second: str):
        self._waiting: dict[str, deque[tuple[int, Received]]] = {
            name: deque(maxlen=PATIENCE) for name in (first, second)
        }
        self._partner = {first: second, second: first}

    def concerns(self, topic: str) -> bool:
        return topic in self._waiting

    def take(self, message: Received) -> list[Received]:
        """What may be written now that this message has come: nothing, or a pair. Both streams come in order."""
        stamp, others = header_stamp_ns(message.cdr), self._waiting[self._partner[message.topic]]
        while others and others[0][0] < stamp:
            others.popleft()
        if others and others[0][0] == stamp:
            return [others.popleft()[1], message]
        self._waiting[message.topic].append((stamp, message))
        return []

    def forget(self) -> None:
        """Let go of what waits."""
        for waiting in self._waiting.values():
            waiting.clear()


def header_stamp_ns(cdr: bytes) -> int:
    """The stamp of a serialised message that begins with a std_msgs/Header, without decoding it."""
    seconds, nanoseconds = struct.unpack_from("<iI" if cdr[1] & 1 else ">iI", cdr, 4)
    return int(seconds) * 10**9 + int(nanoseconds)


def with_header_stamp(cdr: bytes, stamp_ns: int) -> bytes:
    """The same message with another stamp."""
    changed = bytearray(cdr)
    struct.pack_into("<iI" if cdr[1] & 1 else ">iI", changed, 4, *divmod(stamp_ns, 10**9))
    return bytes(changed)
