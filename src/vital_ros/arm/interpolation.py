"""Motion between two poses: a scalar profile along the straight line and the shortest rotation (slerp)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.geometry import Pose

Profile = Literal["min_jerk", "linear", "brake"]

PEAK: dict[Profile, float] = {"min_jerk": 15 / 8, "linear": 1.0, "brake": 2.0}
"""Largest speed of a profile as a multiple of its mean speed."""
PEAK_ACCELERATION: dict[Profile, float] = {"min_jerk": 10 / math.sqrt(3), "linear": 0.0, "brake": 2.0}
"""Largest acceleration of a profile as a multiple of distance / duration^2; a linear one jumps to its speed."""


class Caps(NamedTuple):
    """What no motion may exceed."""

    speed: float
    """m/s"""
    angular_speed: float
    """rad/s"""
    acceleration: float
    """m/s^2"""
    angular_acceleration: float
    """rad/s^2"""


def min_jerk(s: float) -> float:
    """Minimum-jerk progress 10 s^3 - 15 s^4 + 6 s^5 for s in 0..1: at rest at both ends."""
    return s * s * s * (10.0 + s * (6.0 * s - 15.0))


@dataclass(frozen=True, eq=False)
class Segment:
    """One motion to rest, as the authors' server does it for every policy step (bimanual.py).

    Attributes:
        start, goal: poses in link_base.
        duration: s, > 0.
        profile: `min_jerk` (paper), `linear` (constant speed, no rest between policy steps) or `brake` (begins at the
            speed 2 distance / duration and slows down evenly).
    """

    start: Pose
    goal: Pose
    duration: float
    profile: Profile = "min_jerk"

    def at(self, elapsed: float) -> Pose:
        """The pose `elapsed` s after the start; the goal itself from `duration` on."""
        return self.goal if elapsed >= self.duration else self.along(self.share(elapsed))

    def along(self, share: float) -> Pose:
        """The pose on the way from the start (0) to the goal (1)."""
        start = self.start
        rotation = start.rotation * Rotation.from_rotvec(share * self._rotvec)
        return Pose(start.position + share * self._travel, rotation.as_quat())

    def share(self, elapsed: float) -> float:
        """Of the way that is behind after `elapsed` s, 0..1."""
        s = min(max(elapsed, 0.0) / self.duration, 1.0)
        if self.profile == "min_jerk":
            return min_jerk(s)
        return s if self.profile == "linear" else s * (2.0 - s)

    def rate(self, elapsed: float) -> float:
        """Of `share`, 1/s."""
        s = min(max(elapsed, 0.0) / self.duration, 1.0)
        if self.profile == "min_jerk":
            return 30.0 * (s * (1.0 - s)) ** 2 / self.duration
        return (1.0 if self.profile == "linear" else 2.0 * (1.0 - s)) / self.duration

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


def shortest_duration(start: Pose, goal: Pose, caps: Caps, profile: Profile) -> float:
    """s a motion needs so that the peaks of its speeds and accelerations stay within `caps`."""
    distance, angle = start.distance(goal)
    by_speed = PEAK[profile] * max(distance / caps.speed, angle / caps.angular_speed)
    push = max(distance / caps.acceleration, angle / caps.angular_acceleration)
    return max(by_speed, math.sqrt(PEAK_ACCELERATION[profile] * push))
