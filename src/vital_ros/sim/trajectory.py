"""The way of one policy step: straight, shortest rotation, minimum jerk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.arm.interpolation import min_jerk
from vital_ros.geometry import Pose


def waypoints(start: Pose, goal: Pose, progress: NDArray[np.floating]) -> Iterator[Pose]:
    """Poses at shares of the time, shape (n,): those of `vital_ros.arm.interpolation.Segment`, all at once."""
    shares = np.array([[min_jerk(min(float(p), 1.0))] for p in progress])
    turn = (start.rotation.inv() * goal.rotation).as_rotvec()
    rotations = (start.rotation * Rotation.from_rotvec(shares * turn)).as_quat()
    for position, quaternion in zip(start.position + shares * (goal.position - start.position), rotations, strict=True):
        yield Pose(position, quaternion)
