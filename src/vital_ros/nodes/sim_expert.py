"""The expert in the person's place: looks at the truth of the simulated cell, moves the arm through /arm/teleop."""

from __future__ import annotations

import numpy as np
from builtin_interfaces.msg import Time
from rclpy.node import Node
from vital_msgs.msg import Setpoint

from vital_ros.nodes.conversions import header, pose_to_msg
from vital_ros.nodes.lifecycle import COMMAND
from vital_ros.sim import Cell
from vital_ros.sim.experts import make_expert


class SimExpert:
    """Decides at the executor's rate of simulated time; called in the plant's thread."""

    def __init__(self, node: Node, cell: Cell):
        self._cell, self._expert = cell, make_expert(cell.task, cell.limits)
        self._period = 1.0 / node.config.robot.executor.rate
        self._publisher = node.create_publisher(Setpoint, "arm/teleop", COMMAND)
        self._episode, self._due, self._sequence = "", 0.0, 0

    def tick(self, episode: str, time: float, stamp: Time) -> None:
        """Consider a servo period of an episode that a person is to play, at `time` s of simulation."""
        if episode != self._episode:
            self._episode, self._due = episode, time
            self._expert.reset(np.random.default_rng([self._cell.seed, 3]))
        if time < self._due:
            return
        self._due += self._period
        self._sequence += 1
        pose, opening = self._expert.act(self._cell.truth())
        message = Setpoint(source=Setpoint.TELEOP, sequence=self._sequence, gripper_opening=opening)
        message.header, message.pose, message.duration = header(stamp, "link_base"), pose_to_msg(pose), self._period
        self._publisher.publish(message)
