"""Keeps simulated time beside wall time."""

from __future__ import annotations

import time
from collections.abc import Callable

GIVE_UP = 0.25
"""s of backlog that is made up for; beyond it the schedule starts anew, so that a stall is not replayed in a rush."""


class Pacer:
    """Absolute deadlines for steps of simulated time.

    Args:
        factor: simulated seconds per wall second.
        now, sleep: the wall clock.
    """

    def __init__(
        self,
        factor: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self._factor, self._now, self._sleep = factor, now, sleep
        self._due = now()
        self.dropped = 0.0
        """Wall seconds that the simulation has lost."""

    def wait(self, period: float) -> None:
        """Sleep until `period` simulated seconds after the previous deadline."""
        self._due += period / self._factor
        ahead = self._due - self._now()
        if ahead > 0:
            self._sleep(ahead)
        elif ahead < -GIVE_UP:
            self.dropped -= ahead
            self._due -= ahead
