"""The arm controller's own planning: towards a target within speed and acceleration, replanned at any time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.geometry import Pose

ANGULAR_SPEED = 1.0
"""rad/s"""
ANGULAR_ACCELERATION = 10.0
"""rad/s^2"""


class Motion:
    """A point that moves; from rest it runs straight with a trapezoidal speed profile.

    Attributes:
        pose: where it is.
    """

    def __init__(self, pose: Pose):
        self.pose = pose
        self._velocity = np.zeros(3)
        self._angular = np.zeros(3)

    @property
    def moving(self) -> bool:
        return bool(self._velocity.any() or self._angular.any())

    def stop(self) -> None:
        """Stand still at once."""
        self._velocity, self._angular = np.zeros(3), np.zeros(3)

    def advance(self, target: Pose, speed: float, acceleration: float, period: float) -> bool:
        """Move on for `period` s towards `target`; True when at rest there.

        Args:
            speed, acceleration: m/s, m/s^2, of the translation.
        """
        way = target.position - self.pose.position
        turn = (target.rotation * self.pose.rotation.inv()).as_rotvec()
        self._velocity, step = _approach(way, self._velocity, speed, acceleration, period)
        self._angular, rotation = _approach(turn, self._angular, ANGULAR_SPEED, ANGULAR_ACCELERATION, period)
        arrived = not self.moving and step is way and rotation is turn
        turned = Rotation.from_rotvec(rotation) * self.pose.rotation
        self.pose = target if arrived else Pose.from_rotation(self.pose.position + step, turned)
        return arrived

    def brake(self, acceleration: float, period: float) -> None:
        """Slow down for `period` s along the present direction."""
        for name, limit in (("_velocity", acceleration), ("_angular", ANGULAR_ACCELERATION)):
            velocity = getattr(self, name)
            size = float(np.linalg.norm(velocity))
            setattr(self, name, velocity * max(0.0, 1 - limit * period / size) if size > 0 else velocity)
        turned = Rotation.from_rotvec(self._angular * period) * self.pose.rotation
        self.pose = Pose.from_rotation(self.pose.position + self._velocity * period, turned)


def _approach(
    way: NDArray[np.float64], velocity: NDArray[np.float64], speed: float, acceleration: float, period: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """New velocity and its step for a point `way` before its target; the step is `way` itself when that is the rest."""
    distance, change = float(np.linalg.norm(way)), acceleration * period
    if distance <= change * period and float(np.linalg.norm(velocity)) <= 2 * change:
        return np.zeros(3), way
    braking = math.sqrt(2 * acceleration * distance + change**2 / 4) - change / 2  # stops in time in steps of `period`
    wanted = way / distance * min(speed, braking) if distance > 0 else np.zeros(3)
    difference = wanted - velocity
    size = float(np.linalg.norm(difference))
    velocity = wanted if size <= change else velocity + difference * (change / size)
    return velocity, velocity * period
