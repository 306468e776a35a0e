"""Motion between two poses: a scalar profile along the straight line and the shortest rotation (slerp)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.geometry import Pose

Profile = Literal["min_jerk", "linear"]

PEAK: dict[Profile, float] = {"min_jerk": 15 / 8, "linear": 1.0}
"""Largest speed of a profile as a multiple of its mean speed."""


def min_jerk(s: float) -> float:
    """Minimum-jerk progress 10 s^3 - 15 s^4 + 6 s^5 for s in 0..1: at rest at both ends."""
    return s * s * s * (10.0 + s * (6.0 * s - 15.0))


@dataclass(frozen=True, eq=False)
class Segment:
    """One motion from rest to rest, as the authors' server does it for every policy step (bimanual.py).

    Attributes:
        start, goal: poses in link_base.
        duration: s, > 0.
        profile: `min_jerk` (paper) or `linear` (constant speed, no rest between policy steps).
    """

    start: Pose
    goal: Pose
    duration: float
    profile: Profile = "min_jerk"

    def at(self, elapsed: float) -> Pose:
        """The pose `elapsed` s after the start; the goal itself from `duration` on."""
        if elapsed >= self.duration:
            return self.goal
        s = max(elapsed, 0.0) / self.duration
        if self.profile == "min_jerk":
            s = min_jerk(s)
        start, travel = self.start, self._travel
        rotation = start.rotation * Rotation.from_rotvec(s * self._rotvec)
        return Pose(start.position + s * travel, rotation.as_quat())

    @property
    def distance(self) -> float:
        """m"""
        return float(np.linalg.norm(self._travel))

    @property
    def angle(self) -> float:
        """rad, 0..pi"""
        return float(np.linalg.norm(self._rotvec))

    @cached_property
    def _travel(self) -> NDArray[np.float64]:
        return self.goal.position - self.start.position

    @cached_property
    def _rotvec(self) -> NDArray[np.float64]:
        """From start to goal, in the start's own frame, rad."""
        return (self.start.rotation.inv() * self.goal.rotation).as_rotvec()


def shortest_duration(start: Pose, goal: Pose, speed: float, angular_speed: float, profile: Profile) -> float:
    """s a motion needs so that its peak stays within `speed` (m/s) and `angular_speed` (rad/s)."""
    distance, angle = start.distance(goal)
    return PEAK[profile] * max(distance / speed, angle / angular_speed)
