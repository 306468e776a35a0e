"""What a robot's node and the process that learns beside it tell each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vital_ros.config import ResidualConfig


@dataclass(frozen=True)
class Assignment:
    """What shall be learned, and from what.

    Attributes:
        base: checkpoint of the policy that is corrected.
        config: configuration folder.
        out: folder of replay, state and residual; continued where there is one.
        bags: folder of the robot's episodes.
        masks: the bags hold the simulator's masks, so that frames can be seen before other backgrounds.
    """

    task: str
    base: Path
    config: Path
    settings: ResidualConfig
    out: Path
    bags: Path
    masks: bool


@dataclass(frozen=True)
class Weights:
    """What shall act from now on."""

    version: int
    data: bytes
    share: float
    exploration: float


@dataclass(frozen=True)
class News:
    """How it stands."""

    state: str
    """learning | frozen | restarting (the process died) | failed (it has ended for good)."""
    message: str = ""
    answer: bool = False
    """To an order: the oldest that has not been answered."""
    done: bool = False
    """Whether what was ordered has been done."""
    updates: int = 0
    episodes: int = 0
    behind: int = 0
    """Environment steps that were played and not learned from."""
    utd: float = 0.0
    rejected: int = 0
    """Episodes that cannot be learned from."""
    weights: Weights | None = None
    problems: tuple[str, ...] = ()
