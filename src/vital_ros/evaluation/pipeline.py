"""Trials of the whole pipeline in-process: look, localise, reach, act (paper, Table 5).

The localiser sees the rendered picture and the noisy depth of the third camera, nothing else. Where a failure began is
told by what the simulator knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vital_ros.arm.limits import Limits
from vital_ros.config import Config
from vital_ros.evaluation.trial import Agent, TrialResult, play
from vital_ros.execution.plan import approach, start_pose, target_frame
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.localizer import Localizer
from vital_ros.localization.pointer import Candidate, LocalizationError, Pointer
from vital_ros.sim import Cell
from vital_ros.sim.conditions import Combination

Point = NDArray[np.float64]
"""m, link_base, shape (3,)."""
PEAK = 1.875
"""Highest speed of a minimum-jerk motion, over its mean."""


@dataclass(frozen=True)
class PipelineLimits:
    """What failures are attributed by, and what the calibration of the camera leaves."""

    right_pixel: float = 0.02
    """m from the object's point, at its height, within which a pixel means this object."""
    depth_error: float = 0.010
    """m, 3D, above which the answer for a right pixel is wrong."""
    hand_eye_offset: float = 0.0015
    """m by which the camera stands off where the localiser thinks it is, in a random direction."""
    hand_eye_turn: float = float(np.deg2rad(0.15))
    """rad by which it is turned, about a random axis."""


LIMITS = PipelineLimits()


def object_point(cell: Cell) -> Point:
    """What a perfect localiser would answer."""
    return cell.target_pose().apply(np.negative(cell.limits.target_offset))


def first_error(eye: Point, seen: Point | None, point: Point | None, truth: Point) -> str:
    """The stage at which the localiser went wrong: pointing or depth; empty where its answer is right.

    Args:
        eye: where the camera stands.
        seen: anywhere on the line of sight of the pixel; None: nothing was pointed at.
        point: the answer; None: the depth of the pixel was not trusted.
        truth: the object's point.
    """
    if seen is None:
        return "pointing"
    meets = eye + (seen - eye) * (truth[2] - eye[2]) / (seen[2] - eye[2])
    if not np.linalg.norm(meets - truth) <= LIMITS.right_pixel:
        return "pointing"
    return "depth" if point is None or np.linalg.norm(point - truth) > LIMITS.depth_error else ""


class Pipeline:
    """Plays trials with one pointer; the target's yaw is told, as the executor is told by `target_yaw`."""

    def __init__(self, pointer: Pointer, config: Config):
        third = config.cameras.third
        self._pointer, self._config = pointer, config
        self._camera = PinholeCamera.from_k(third.k)
        self._camera_pose = Pose(third.placement.position, third.placement.quaternion)

    def run(
        self, cell: Cell, agent: Agent, seed: int, combination: Combination, video: Path | None = None
    ) -> TrialResult:
        """One episode from the arm's home. The cell holds the combination's object."""
        place = combination.scene.target
        cell.appearance = combination.scene.appearance
        cell.reset(seed, target=place.pose(cell.task))
        image, depth = cell.render_third()
        truth = object_point(cell)
        result = TrialResult(seed, "failure", "", last_view=image)
        result.scene, result.place, result.object = combination[:3]
        try:
            located = self._localizer(seed).locate(image, depth, self._camera, cell.limits.prompt)
        except LocalizationError as error:
            result.stage = self._first_error(error.candidate, None, truth)
            result.cause, result.reason = f"{result.stage}: no answer", str(error)
            return result
        wrong = self._first_error(located.candidate, located.point, truth)
        task = cell.limits.model_copy(update={"target_yaw": cell.limits.target_yaw + place.yaw})
        target = target_frame(task, located.point)
        if reason := self._reach(cell, target):
            result.stage = wrong or "reach"
            result.cause, result.reason = f"{result.stage}: not reached", reason
        else:
            result = play(cell, agent, target, self._config, combination, video)
            result.stage = wrong or "policy"
            result.cause = result.cause if result.success else f"{result.stage}: {result.cause}"
        result.localization_error = float(np.linalg.norm(located.point - truth))
        return result

    def _localizer(self, seed: int) -> Localizer:
        """As the node's, with a calibration that is off as far as `./vital calibrate camera` may leave it."""
        rng = np.random.default_rng([seed, 65])
        offset, axis = (way / np.linalg.norm(way) for way in rng.normal(size=(2, 3)))
        turned = Pose.from_rotvec((0.0, 0.0, 0.0), LIMITS.hand_eye_turn * axis)
        believed = Pose(self._camera_pose.position + LIMITS.hand_eye_offset * offset, self._camera_pose.quaternion)
        return Localizer(
            self._pointer, believed @ turned, self._config.robot.arm.workspace, self._config.localizer.checks
        )

    def _first_error(self, candidate: Candidate | None, point: Point | None, truth: Point) -> str:
        pose, camera = self._camera_pose, self._camera
        seen = pose.apply(camera.deproject(candidate.u, candidate.v, 1.0)) if candidate else None
        return first_error(pose.position, seen, point, truth)

    def _reach(self, cell: Cell, target: Pose) -> str:
        """Go above the target by the executor's way and with its speed; what went wrong, empty if nothing."""
        arm, task = self._config.robot.arm, cell.limits
        start = start_pose(task, target, cell.seed)
        try:
            outside = Limits(arm, task, target).excess(start, with_task=True)
        except ValueError as error:
            return str(error)
        if outside > 0:
            return f"the start pose lies {1e3 * outside:.0f} mm outside the limits"
        cell.judge.in_play, reason = False, ""
        for pose in approach(cell.tcp_pose(), start, ceiling=arm.workspace.max[2]):
            distance, angle = cell.tcp_pose().distance(pose)
            duration = PEAK * max(distance / arm.reach_speed, angle / arm.max_angular_speed)
            reason = reason or _travel(cell, pose, max(duration, 1 / self._config.robot.executor.rate))
        cell.judge.in_play = True
        distance, _ = cell.tcp_pose().distance(start)
        if not reason and distance > self._config.robot.executor.reach_tolerance:
            reason = f"the arm ended {1e3 * distance:.1f} mm from the start pose"
        return reason


def _travel(cell: Cell, pose: Pose, duration: float) -> str:
    """Move, then stand for a moment; the reason why the gate or the judge would end it, else empty."""
    for length in (duration, 0.3):
        for _ in cell.motion(pose, cell.limits.gripper_opening, length):
            if cell.verdict().success is False:
                return cell.verdict().reason
            if cell.contact_force() > cell.limits.collision_force:
                return f"contact force {cell.contact_force():.0f} N above {cell.limits.collision_force:g} N"
    return ""
