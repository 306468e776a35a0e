"""The newest sample of a sensor stream, if it is new enough.

Whoever receives stores bytes or messages as they come, at any rate; only the sample that is used gets decoded.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")

AHEAD = 1.0
"""s by which a stamp may lie ahead of our clock; one further ahead would look fresh long after its sensor died."""


class StaleError(Exception):
    """A stream has no sample that is new enough. The message names it, the age and the limit."""


class Sample(NamedTuple, Generic[T]):
    """A decoded sample; stamp in s, as the sensor gave it."""

    stamp: float
    value: T


class Stream(Generic[T]):
    """Newest sample of one stream; `put` and `newest` may be called from different threads.

    Args:
        name: what a person calls it, e.g. the topic.
        limit: s, age above which a sample is stale.
        decode: raw sample to (stamp in s, value).
    """

    def __init__(self, name: str, limit: float, decode: Callable[[Any], tuple[float, T]]):
        self.name = name
        self.limit = limit
        self._decode = decode
        self._raw: Any = None
        self._arrival = -math.inf
        self._arrived = threading.Condition()

    def put(self, raw: Any) -> None:
        """Replace the newest sample."""
        with self._arrived:
            self._raw, self._arrival = raw, time.monotonic()
            self._arrived.notify_all()

    def newest(self, now: float) -> Sample[T]:
        """Decode the newest sample.

        Raises:
            StaleError: there is none, or at time `now`, s, it is older than the limit or far ahead.
        """
        raw = self._raw
        if raw is None:
            raise StaleError(f"{self.name}: nothing received yet")
        sample = Sample(*self._decode(raw))
        age = now - sample.stamp
        if age > self.limit:
            raise StaleError(
                f"{self.name}: newest sample is {age * 1e3:.0f} ms old, the limit is {self.limit * 1e3:.0f} ms"
            )
        if age < -AHEAD:
            raise StaleError(f"{self.name}: newest sample is stamped {-age:.1f} s ahead; do the clocks agree?")
        return sample

    def wait_for_next(self, timeout: float) -> bool:
        """Sleep until a sample arrives; False after `timeout` s of wall time without one."""
        with self._arrived:
            return self._arrived.wait(timeout)

    def wait_if_due(self, period: float) -> None:
        """Sleep until the next sample of a stream of `period` s if it should come any moment: a third of the period.

        A sensor's clock and ours drift apart, so a schedule that met fresh samples once may meet old ones later.
        """
        with self._arrived:
            age = time.monotonic() - self._arrival
            if 0.8 * period < age < 1.1 * period:
                self._arrived.wait(period / 3)
