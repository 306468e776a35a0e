"""Streams that must keep arriving while the arm depends on them."""

from __future__ import annotations

import math

from vital_ros.arm.rules import Rule, Violation


class Watch:
    """Judges the age of the newest sample of one stream: first hold, then trip.

    Patience is counted from the first judgement that found the stream stale, not from the sample: after the judging
    process itself was held up, samples that wait in its queue get their chance to be read.
    """

    def __init__(self, name: str, rule: Rule):
        self.name = name
        self._rule = rule
        self._seen = -math.inf
        self._stale_since: float | None = None

    @property
    def ever_seen(self) -> bool:
        return math.isfinite(self._seen)

    def arrived(self, t: float) -> None:
        self._seen = t

    def age(self, t: float) -> float:
        """s, infinite before the first sample."""
        return t - self._seen

    def set_back(self, t: float) -> None:
        """The clock was: ages and patience count from now, and no sample stays fresh for as long as it was set back."""
        self._seen = min(self._seen, t)
        if self._stale_since is not None:
            self._stale_since = min(self._stale_since, t)

    def pardon(self) -> None:
        """Count patience anew."""
        self._stale_since = None

    def judge(self, t: float, limit: float, patience: float) -> str:
        """Why to hold, empty if the newest sample is no older than `limit` s; Violation after `patience` s of that."""
        age = self.age(t)
        if age <= limit:
            self._stale_since = None
            return ""
        if self._stale_since is None:
            self._stale_since = t
        elif t - self._stale_since > patience:
            raise Violation(self._rule, f"no {self.name} for {age:.2f} s, the limit is {limit + patience:.3g} s")
        return f"no {self.name} for {limit:.3g} s"
