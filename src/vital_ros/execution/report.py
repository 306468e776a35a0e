"""What is asked of an episode and what came of it; see vital_msgs/ExecuteTask."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from vital_ros.execution.ending import Outcome


@dataclass(frozen=True)
class Goal:
    """Attributes:
    query: empty: the task's own prompt.
    seed: of the start pose; negative: random.
    time_limit: s for the local policy; 0: the task's own.
    dry_run: localise and plan, move nothing.
    """

    query: str = ""
    seed: int = -1
    time_limit: float = 0.0
    dry_run: bool = False


@dataclass
class Report:
    """Times in s; `lateness` and `reaction` (observation stamp to setpoint) have one entry per tick."""

    episode_id: str
    outcome: Outcome = Outcome.ERROR
    reason: str = ""
    steps: int = 0
    localize_time: float = 0.0
    reach_time: float = 0.0
    policy_time: float = 0.0
    lateness: list[float] = field(default_factory=list)
    reaction: list[float] = field(default_factory=list)
    skipped: int = 0


def new_episode_id(task: str, seed: int, now: datetime) -> str:
    """Unique, sorts by time, fit for a directory: key_lock-20261122-221442-123456-s7."""
    return f"{task}-{now:%Y%m%d-%H%M%S-%f}" + (f"-s{seed}" if seed >= 0 else "")


def seed_of(episode_id: str) -> int | None:
    """The seed that an id made by `new_episode_id` tells; None when its start was drawn at random."""
    found = re.search(r"-s(\d+)$", episode_id)
    return int(found[1]) if found else None
