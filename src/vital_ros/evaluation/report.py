"""What a run leaves behind as numbers: one record per episode, one JSON report per run."""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


@dataclass
class EpisodeRecord:
    """One episode.

    Attributes:
        outcome: success | failure | timeout | stopped | cancelled | error.
        phases: s per phase.
        lateness: s, of each tick of the local policy.
        reaction: s, observation stamp to setpoint published, of each tick.
        max_force: N, largest contact force; None where nothing measures it.
    """

    seed: int
    outcome: str
    reason: str
    episode_id: str = ""
    steps: int = 0
    phases: dict[str, float] = field(default_factory=dict)
    lateness: list[float] = field(default_factory=list)
    reaction: list[float] = field(default_factory=list)
    skipped: int = 0
    max_force: float | None = None

    @property
    def success(self) -> bool:
        return self.outcome == "success"

    @property
    def has_verdict(self) -> bool:
        """Whether the episode says something about the policy: judged, timed out, or stopped by a safety rule."""
        return self.outcome in ("success", "failure", "timeout", "stopped")

    def summary(self) -> dict[str, Any]:
        raw = asdict(self)
        raw["lateness"] = percentiles(self.lateness)
        raw["reaction"] = percentiles(self.reaction)
        return raw | {"success": self.success}


def percentiles(values: ArrayLike) -> dict[str, float]:
    """p50, p90, p99 and max in ms of durations in s; empty for none."""
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        return {}
    p50, p90, p99 = (float(np.percentile(array, q)) * 1e3 for q in (50, 90, 99))
    return {
        "p50_ms": round(p50, 3),
        "p90_ms": round(p90, 3),
        "p99_ms": round(p99, 3),
        "max_ms": round(array.max() * 1e3, 3),
    }


def run_report(settings: dict[str, Any], episodes: list[EpisodeRecord]) -> dict[str, Any]:
    """The report of a run: its settings, the totals, every episode."""
    successes = sum(episode.success for episode in episodes)
    forces = [episode.max_force for episode in episodes if episode.max_force is not None]
    return {
        "settings": settings,
        "episodes": [episode.summary() for episode in episodes],
        "successes": successes,
        "count": len(episodes),
        "success_rate": successes / len(episodes) if episodes else math.nan,
        "lateness": percentiles([v for e in episodes for v in e.lateness]),
        "reaction": percentiles([v for e in episodes for v in e.reaction]),
        "skipped_ticks": sum(episode.skipped for episode in episodes),
        "max_force_n": max(forces) if forces else None,
    }


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Write whole or not at all; numbers that JSON cannot hold become null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(json.dumps(_jsonable(data), indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
