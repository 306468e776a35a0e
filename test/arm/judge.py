"""Judges what leaves the gate by its own arithmetic; of the gate it knows only the configuration."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.arm import Output, Source
from vital_ros.config import ArmConfig, TaskConfig
from vital_ros.geometry import Pose

START_MARGIN = 0.005 + 1e-6
"""m, and `TILT_MARGIN` rad, that a motion may start outside; it never goes further out."""
TILT_MARGIN = 0.02 + 1e-5
STALLED = 0.02
"""s; after a longer tick, or a step of the clock, speeds before and after are not compared."""


@dataclass
class _Command:
    time: float
    pose: Pose
    velocity: NDArray[np.float64] | None
    """m/s and rad/s in the tool's axes, shape (6,); zero before the first command of a motion, None if unknown."""
    elapsed: float


class Judge:
    """Args:
    target: the task's frame in link_base.
    time: s, by the gate's clock, when it was armed.

    Attributes:
        blocked: the gate is stopped or not armed: nothing may leave.
        commands: counted, so that a test can tell that there were any.
    """

    def __init__(self, config: ArmConfig, task: TaskConfig, target: Pose, time: float):
        self._config = config
        self.blocked = False
        self.commands = 0
        self._source = Source.REACH
        self._last: _Command | None = None
        self._moving = False
        self._ticked = time
        self._steps: list[Pose] = []
        self.set_task(task, target)

    def set_task(self, task: TaskConfig, target: Pose) -> None:
        self._task = task
        self._boxes = [(Pose(), self._config.workspace), (target, task.workspace)]

    def armed(self, time: float) -> None:
        self.blocked, self._moving, self._last, self._ticked, self._steps = False, False, None, time, []

    def accepted(self, source: Source, measured: Pose) -> None:
        """A setpoint replaced the motion under way."""
        self._source = source
        self._steps = self._origins(measured)

    def tick(self, time: float, output: Output, measured: Pose) -> None:
        """`time` by the gate's clock, s; `measured`: the pose reported before."""
        elapsed, self._ticked = time - self._ticked, time
        if self.blocked:
            assert output.pose is None and output.segment is None and output.opening is None
        if output.opening is not None:
            assert 0 <= output.opening <= 1
        if output.pose is None:
            self._moving = False
            return
        self.commands += 1
        self._place(output.pose, measured)
        self._advance(time, elapsed, output.pose, measured)

    # inside ---------------------------------------------------------------------------------------------------------

    def _origins(self, measured: Pose) -> list[Pose]:
        """Where a motion may begin: at the newest command; at rest where the arm is, or was when it was asked for."""
        newest = [self._last.pose] if self._last else []
        return newest if self._moving and newest else [measured, *newest, *self._steps]

    def _nearest(self, pose: Pose, measured: Pose) -> Pose:
        """The origin from which the pose is reached soonest within the caps on speed."""
        caps = np.repeat([self._config.max_speed, self._config.max_angular_speed], 3)
        return min(self._origins(measured), key=lambda other: float(np.linalg.norm(_motion(other, pose) / caps)))

    def _place(self, pose: Pose, measured: Pose) -> None:
        before = self._nearest(pose, measured)
        for frame, box in self._boxes if self._source != Source.REACH else self._boxes[:1]:
            outside = _excess(frame, box.min, box.max, pose)
            assert outside <= START_MARGIN
            assert outside <= _excess(frame, box.min, box.max, before) + 2e-6
        limit, tilted = self._task.tilt_limit, _tilt(pose)
        assert tilted <= max(limit, _tilt(before)) + 1e-5
        assert self._source == Source.REACH or tilted <= limit + TILT_MARGIN
        if self._source != Source.REACH:
            cap = self._task.max_step
            motions = [_motion(start, pose) for start in self._steps]
            lengths = [(np.linalg.norm(motion[:3]), np.linalg.norm(motion[3:])) for motion in motions]
            assert any(way <= cap.translation + 1e-6 and angle <= cap.rotation + 1e-5 for way, angle in lengths)

    def _advance(self, time: float, elapsed: float, pose: Pose, measured: Pose) -> None:
        config, moving = self._config, self._moving and self._last is not None
        motion = _motion(self._nearest(pose, measured), pose)
        distance, angle = float(np.linalg.norm(motion[:3])), float(np.linalg.norm(motion[3:]))
        speed = config.reach_speed if self._source == Source.REACH and not moving else config.max_speed
        assert distance <= config.max_tick_translation and angle <= config.max_tick_rotation
        assert distance <= speed * max(elapsed, 0.0) + 1e-6
        assert angle <= config.max_angular_speed * max(elapsed, 0.0) + 1e-6
        velocity, regular = None, 0 < elapsed <= STALLED
        if regular:
            velocity = motion / elapsed
            before = np.zeros(6) if not moving else self._last.velocity if self._last else None
            span = (elapsed + (self._last.elapsed if moving and self._last else elapsed)) / 2
            if before is not None and config.profile == "min_jerk":
                change = (velocity - before) / span
                assert np.linalg.norm(change[:3]) <= config.max_acceleration * 1.01 + 1e-3
                assert np.linalg.norm(change[3:]) <= config.max_angular_acceleration * 1.02 + 0.05
        self._last, self._moving = _Command(time, pose, velocity, elapsed), True


def _excess(frame: Pose, low: tuple[float, ...], high: tuple[float, ...], pose: Pose) -> float:
    local = Rotation.from_quat(frame.quaternion).as_matrix().T @ (pose.position - frame.position)
    return math.hypot(*(max(a - v, 0.0, v - b) for a, v, b in zip(low, local, high, strict=True)))


def _tilt(pose: Pose) -> float:
    axis = Rotation.from_quat(pose.quaternion).as_matrix()[:, 2]
    return math.atan2(math.hypot(axis[0], axis[1]), -axis[2])


def _motion(start: Pose, end: Pose) -> NDArray[np.float64]:
    """Translation in link_base and rotation vector in the tool's axes, shape (6,)."""
    turn = Rotation.from_quat(start.quaternion).inv() * Rotation.from_quat(end.quaternion)
    return np.concatenate([end.position - start.position, turn.as_rotvec()])
