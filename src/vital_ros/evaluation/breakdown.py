"""Successes of a run of trials by what they took place in, and what ended the others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from vital_ros.evaluation.trial import TrialResult

_Z = 1.959964
"""Two-sided 95 % of a normal distribution."""


class Share(NamedTuple):
    """Successes of the trials of one combination."""

    scene: str
    place: str
    object: str
    trials: int
    successes: int
    low: float
    """Of the 95 % Wilson interval of the success rate."""
    high: float

    @property
    def label(self) -> str:
        return ", ".join(name for name in self[:3] if name)


def wilson(successes: int, count: int) -> tuple[float, float]:
    """95 % confidence interval of a success rate; (0, 1) without trials."""
    if count == 0:
        return 0.0, 1.0
    rate, z2 = successes / count, _Z**2
    middle = (rate + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z / (1 + z2 / count) * math.sqrt(rate * (1 - rate) / count + z2 / (4 * count**2))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return min(low, rate), max(high, rate)  # rounding crosses the rate at 0 and 1


def shares(results: Sequence[TrialResult]) -> list[Share]:
    """One per combination, in the order of their first trials."""
    counts: Counter[tuple[str, str, str]] = Counter()
    successes: Counter[tuple[str, str, str]] = Counter()
    for result in results:
        key = (result.scene, result.place, result.object)
        counts[key] += 1
        successes[key] += result.success
    return [Share(*key, n, successes[key], *wilson(successes[key], n)) for key, n in counts.items()]


def stages(results: Sequence[TrialResult]) -> dict[str, int]:
    """Failures of trials of the whole pipeline by the stage at which they began, in its order."""
    failed = Counter(result.stage for result in results if not result.success)
    return {stage: failed[stage] for stage in ("pointing", "depth", "reach", "policy")}


def causes(results: Sequence[TrialResult]) -> dict[str, int]:
    """What ended the trials, the most frequent first."""
    return dict(Counter(result.cause for result in results).most_common())
