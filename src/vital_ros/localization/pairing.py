"""Pairs of colour and depth images that were taken together."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class PairMatcher(Generic[T]):
    """Collects two streams until they have members close enough in time."""

    def __init__(self, tolerance: float, depth: int = 8):
        """`tolerance`: s between the two stamps of a pair; `depth`: samples remembered per stream."""
        self._tolerance = tolerance
        self._streams: list[deque[tuple[float, T]]] = [deque(maxlen=depth) for _ in range(2)]
        self.nearest: float | None = None

    def add(self, stream: int, stamp: float, sample: T) -> tuple[T, T] | None:
        """Add a sample of stream 0 or 1, stamped in s; return the pair it completes.

        `nearest` keeps the smallest distance seen, s: it tells "one stream is silent" (None) from "never together".
        """
        self._streams[stream].append((stamp, sample))
        others = self._streams[1 - stream]
        if not others:
            return None
        other_stamp, other = min(others, key=lambda item: abs(item[0] - stamp))
        distance = abs(other_stamp - stamp)
        self.nearest = distance if self.nearest is None else min(self.nearest, distance)
        if distance > self._tolerance:
            return None
        return (sample, other) if stream == 0 else (other, sample)

    def counts(self) -> tuple[int, int]:
        """Samples remembered of each stream."""
        return len(self._streams[0]), len(self._streams[1])
