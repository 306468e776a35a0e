"""Where the tool may be and how far a step may go: boxes, tilt cone, step cap."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.config import ArmConfig, TaskConfig
from vital_ros.config.task import Workspace
from vital_ros.geometry import Pose

_PASSES = 50  # alternating projections; they stop at the first pass that changes nothing


class Box:
    """An axis-aligned box of a frame that is given in link_base."""

    def __init__(self, workspace: Workspace, frame: Pose | None = None):
        self._low, self._high = np.array(workspace.min), np.array(workspace.max)
        self._frame = frame or Pose()
        self._inverse = self._frame.inverse()

    def excess(self, point: NDArray[np.float64]) -> float:
        """m by which a point of link_base, shape (3,), lies outside; 0 inside."""
        local = self._inverse.apply(point)
        return float(np.linalg.norm(local - np.clip(local, self._low, self._high)))

    def clamp(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """The nearest point of the box."""
        return self._frame.apply(np.clip(self._inverse.apply(point), self._low, self._high))


def tilt(pose: Pose) -> float:
    """rad between the tool's z axis and straight down."""
    x, y, _, _ = pose.quaternion
    return 2.0 * math.atan2(math.sqrt(max(1.0 - x * x - y * y, 0.0)), math.sqrt(x * x + y * y))


def clamp_tilt(pose: Pose, limit: float) -> Pose:
    """The same position, the tool axis turned the shortest way onto the cone of half angle `limit` around down."""
    angle = tilt(pose)
    if angle <= limit:
        return pose
    axis = np.cross(pose.rotation.apply((0.0, 0.0, 1.0)), (0.0, 0.0, -1.0))
    norm = float(np.linalg.norm(axis))
    axis = axis / norm if norm > 1e-9 else np.array((1.0, 0.0, 0.0))
    return Pose.from_rotation(pose.position, Rotation.from_rotvec(axis * (angle - limit)) * pose.rotation)


def clamp_step(start: Pose, goal: Pose, translation: float, rotation: float) -> Pose:
    """The goal, brought within `translation` (m) and `rotation` (rad) of the start along the straight way."""
    distance, angle = start.distance(goal)
    if distance <= translation and angle <= rotation:
        return goal
    position = start.position + (goal.position - start.position) * min(1.0, translation / max(distance, 1e-12))
    rotvec = (start.rotation.inv() * goal.rotation).as_rotvec() * min(1.0, rotation / max(angle, 1e-12))
    return Pose.from_rotation(position, start.rotation * Rotation.from_rotvec(rotvec))


class Limits:
    """The limits in force for one task, its target frame given in link_base.

    Raises:
        ValueError: the task's goal lies outside the arm's own workspace.
    """

    def __init__(self, arm: ArmConfig, task: TaskConfig, target: Pose):
        self.task = task
        self.arm_box = Box(arm.workspace)
        self.task_box = Box(task.workspace, target)
        goal = target.apply(task.goal)
        if self.arm_box.excess(goal) > 0:
            place = ", ".join(f"{value:.3f}" for value in goal)
            raise ValueError(
                f"task '{task.name}' ends at ({place}) m of link_base, outside arm.workspace of robot.yaml: "
                "move the fixture or widen the workspace"
            )

    def excess(self, pose: Pose, with_task: bool) -> float:
        """m outside the arm's box, and outside the task's if `with_task`."""
        own = self.arm_box.excess(pose.position)
        return max(own, self.task_box.excess(pose.position)) if with_task else own

    def bound(self, start: Pose, goal: Pose) -> tuple[Pose, list[str]]:
        """A policy's goal brought within all limits, and the names of those that changed it.

        Order: boxes, tilt, step. Both boxes are convex and hold the start, so the shortened straight way to a point
        inside them stays inside; the reverse order could leave a step too long.
        """
        changed = []
        position = goal.position
        for _ in range(_PASSES):
            before = position
            position = self.arm_box.clamp(self.task_box.clamp(position))
            if np.abs(position - before).max() < 1e-9:
                break
        if np.abs(position - goal.position).max() > 1e-6:
            changed.append("workspace")
            goal = Pose(position, goal.quaternion)
        if tilt(goal) > self.task.tilt_limit:
            changed.append("tilt")
            goal = clamp_tilt(goal, self.task.tilt_limit)
        cap = self.task.max_step
        distance, angle = start.distance(goal)
        if distance > cap.translation or angle > cap.rotation:
            changed.append("step")
            goal = clamp_step(start, goal, cap.translation, cap.rotation)
        return goal, changed
