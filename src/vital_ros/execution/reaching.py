"""Bringing the arm to a pose through the gate, and knowing that it has arrived."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from vital_ros.arm.signals import Source
from vital_ros.config import RobotConfig
from vital_ros.execution.ending import EpisodeEnd, Outcome
from vital_ros.execution.robot import Robot
from vital_ros.execution.setpoint import Setpoint
from vital_ros.execution.streams import StaleError
from vital_ros.geometry import Pose

POLL = 0.02
"""s between looks at the measured pose."""

SETTLE = 0.3
"""s within the tolerance after which the arm has arrived: the tactile baseline is taken right then."""

ANGLE_TOLERANCE = 0.02
"""rad"""


def reach(robot: Robot, poses: Iterable[Pose], opening: float, config: RobotConfig) -> None:
    """Pass the poses in turn and settle at each.

    Args:
        opening: of the gripper, 0 closed .. 1 open.

    Raises:
        EpisodeEnd: all of it took longer than `reach_timeout`, the arm state stayed stale, or the episode ended.
    """
    deadline = robot.now() + config.executor.reach_timeout
    for pose in poses:
        robot.send(Setpoint(pose, opening, source=Source.REACH, last=True))
        _settle(robot, pose, config, deadline)


def measured(robot: Robot, patience: float) -> Pose:
    """The measured pose; raise EpisodeEnd when it is still stale after `patience` s."""
    begin = robot.now()
    while True:
        try:
            return robot.measured_pose()
        except StaleError as error:
            if robot.now() - begin >= patience:
                raise EpisodeEnd(Outcome.ERROR, str(error)) from None
        robot.ending.wait(POLL)


def _settle(robot: Robot, pose: Pose, config: RobotConfig, deadline: float) -> None:
    since: float | None = None
    while True:
        distance, angle = measured(robot, config.arm.staleness.setpoint).distance(pose)
        now = robot.now()
        if distance > config.executor.reach_tolerance or angle > ANGLE_TOLERANCE:
            since = None
        elif since is None:
            since = now
        elif now - since >= SETTLE:
            return
        if now > deadline:
            x, y, z = pose.position
            raise EpisodeEnd(
                Outcome.ERROR,
                f"reach timed out {distance * 1e3:.1f} mm and {np.degrees(angle):.1f} degrees "
                f"from ({x:.3f}, {y:.3f}, {z:.3f}) m",
            )
        robot.ending.wait(POLL)
