"""The last seconds before a fault, kept in bounded memory until somebody wants them as a bag."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from pathlib import Path
from typing import Any

from vital_ros.bags.pairing import Received
from vital_ros.bags.writer import EpisodeWriter

SECONDS = 30.0
BYTES = 160 * 2**20
"""Of messages at most: twice what 30 s of all streams take."""


class Ring:
    """Serialised messages of the last `seconds`, and of some topics the newest one however old it is.

    Args:
        latched: these topics.
        seconds, size: whichever is exceeded first, s and bytes, drops the oldest messages.
    """

    def __init__(self, latched: Collection[str], seconds: float = SECONDS, size: int = BYTES):
        self._latched_topics = frozenset(latched)
        self._span_ns, self._limit = round(seconds * 1e9), size
        self._messages: deque[Received] = deque()
        self._size = 0
        self._latched: dict[str, Received] = {}

    @property
    def size(self) -> int:
        """Bytes of the messages kept, beside the latched ones."""
        return self._size

    def put(self, message: Received) -> None:
        """Keep a message that has just come."""
        if self._messages and message.stamp_ns < self._messages[-1].stamp_ns:  # the clock was set back
            while self._messages:
                self._drop()
        self._messages.append(message)
        self._size += len(message.cdr)
        oldest = message.stamp_ns - self._span_ns
        while self._messages and (self._messages[0].stamp_ns < oldest or self._size > self._limit):
            self._drop()

    def contents(self) -> list[Received]:
        """What is kept, in order of arrival; the newest latched ones of before come first."""
        start = self._messages[0].stamp_ns if self._messages else 0
        return [*(message._replace(stamp_ns=start) for message in self._latched.values()), *self._messages]

    def _drop(self) -> None:
        gone = self._messages.popleft()
        self._size -= len(gone.cdr)
        if gone.topic in self._latched_topics:
            self._latched[gone.topic] = gone


def write_bag(directory: Path, messages: list[Received], metadata: dict[str, Any]) -> Path:
    """A bag of serialised messages.

    Raises:
        ValueError: there is none.
        FileExistsError, OSError: it cannot be written.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    with EpisodeWriter(directory, metadata) as writer:
        for message in messages:
            writer.write_raw(*message)
    return directory
