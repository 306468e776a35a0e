"""What an episode needs of a robot. The executor node provides it over ROS, tests without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vital_ros.execution.ending import Ending, Phase
from vital_ros.execution.setpoint import Setpoint
from vital_ros.geometry import Pose
from vital_ros.policy import PolicyStep

TickCallback = Callable[[int, float, int], None]
"""(index: deadlines passed since the start, lateness: s, skipped: deadlines dropped so far)."""


@dataclass(frozen=True)
class Observation:
    """The newest sample of every stream, each fresh enough.

    Attributes:
        image: wrist frame, RGB, shape (raw_height, raw_width, 3).
        field, baseline: tactile reading of all pads and its baseline, uT.
        pose: measured link_tcp in link_base.
        stamp: s, of the image: the oldest and slowest part.
    """

    image: NDArray[np.uint8]
    field: NDArray[np.float32]
    baseline: NDArray[np.float32]
    pose: Pose
    stamp: float


@dataclass(frozen=True)
class TickRecord:
    """One tick of the local policy as it was lived.

    `executed` is False for the closing record of an episode: what was seen when it ended, and what the policy would
    have done; it makes the last executed action's successor.
    """

    index: int
    observation: Observation
    step: PolicyStep
    target: Pose
    tactile_norm: float
    lateness: float
    skipped: int
    executed: bool = True
    terminated: bool = False
    truncated: bool = False


class Robot(Protocol):
    """Every call that waits raises EpisodeEnd when the episode ends meanwhile, or when there is no answer."""

    ending: Ending

    def now(self) -> float:
        """s, in the time of the sensors' stamps."""

    def localize(self, query: str) -> NDArray[np.float64]:
        """Point of link_base, m, shape (3,); raises NotLocalized."""

    def say(self, message: str) -> None:
        """Tell whoever asked for the episode."""

    def confirmed(self, patience: float) -> bool:
        """Wait for an operator's consent, at most `patience` s."""

    def begin_task(self, target: Pose) -> None:
        """Tell the gate the task's limits and where the target frame is."""

    def rebaseline(self) -> None:
        """Take a new tactile baseline; the arm stands still."""

    def measured_pose(self) -> Pose:
        """Raises StaleError."""

    def observe(self) -> Observation:
        """Raises StaleError."""

    def send(self, setpoint: Setpoint) -> float:
        """Publish a setpoint; returns when, s."""

    def follow(self, person: Callable[[Setpoint], None] | None) -> None:
        """Hand every setpoint of a person to `person` from now on, in a thread of the robot's; None: to nobody."""

    def stop_arm(self) -> None:
        """Have the gate stop the arm until an operator recovers it."""

    def run_ticks(self, rate: float, callback: TickCallback) -> None:
        """Call back at a fixed rate from the next image on, until the episode ends; then raise EpisodeEnd."""

    def announce(self, phase: Phase, episode_id: str) -> None:
        """Tell the graph which phase has begun."""

    def publish(self, record: TickRecord) -> None:
        """Tell the graph about a tick of the policy."""

    def tell(self, index: int, tactile_norm: float, lateness: float, skipped: int) -> None:
        """Tell the graph about a tick in which a person moves the arm."""
