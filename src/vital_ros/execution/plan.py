"""Where an episode happens: target frame, start pose, and the way there. Poses in link_base unless stated."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from vital_ros.config import TaskConfig
from vital_ros.geometry import Pose

TOOL_DOWN = Pose((0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0))
"""Orientation of the tool in the target frame at the start: pointing down, fingers along the target's y."""

CLEARANCE = 0.03
"""m above the start pose at which the arm travels sideways."""


def target_frame(task: TaskConfig, point: ArrayLike) -> Pose:
    """The task's target frame from the localised point, m, shape (3,)."""
    turn = Rotation.from_euler("z", task.target_yaw)
    return Pose.from_rotation(np.asarray(point, dtype=np.float64) + turn.apply(task.target_offset), turn)


def start_pose(task: TaskConfig, target: Pose, seed: int) -> Pose:
    """Start pose of the local policy, uniform in the task's box (paper A2); the same seed gives the same place.

    Args:
        seed: negative for an unrepeatable draw.
    """
    rng = np.random.default_rng(seed if seed >= 0 else None)
    offset = rng.uniform(-0.5, 0.5, 3) * task.start_box.size
    return target @ Pose(np.asarray(task.start_box.center) + offset, TOOL_DOWN.quaternion)


def approach(measured: Pose, start: Pose, ceiling: float) -> list[Pose]:
    """Poses to pass on the way to `start`, ending there: straight up, sideways while turning, down from above.

    Going up first also draws a held part out of where the last episode left it.

    Args:
        ceiling: m, highest place the tool may go.
    """
    height = min(max(measured.position[2], start.position[2] + CLEARANCE), ceiling)
    up = Pose([*measured.position[:2], height], measured.quaternion)
    above = Pose([*start.position[:2], height], start.quaternion)
    return [up, above, start]
