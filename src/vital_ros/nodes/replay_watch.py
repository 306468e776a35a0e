"""What the live nodes do during a replay, as it is heard."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from vital_msgs.msg import ArmState, ArmStatus, ExecutorStatus, Setpoint, Transition

from vital_ros.geometry import Pose
from vital_ros.nodes.calls import CallError
from vital_ros.nodes.conversions import nanoseconds, pose_from_msg
from vital_ros.nodes.lifecycle import LATCHED
from vital_ros.nodes.replay_feed import ReplayFeed
from vital_ros.playback.comparison import Lived


class ReplayWatch:
    """Waits are for other threads than the one that serves the node.

    Attributes:
        phase, episode_id: of the executor.
        rule: that stopped the arm, empty if none did.
        target: task's target frame as it was found, None before.
        ended: set once nothing more will come.
    """

    def __init__(self, node: Node, feed: ReplayFeed, stop: threading.Event):
        self.phase, self.episode_id = ExecutorStatus.IDLE, ""
        self.rule = ""
        self.target: Pose | None = None
        self.ended = threading.Event()
        self._feed, self._stop = feed, stop
        self._news = threading.Condition()
        self._transitions: dict[int, Transition] = {}
        self._setpoints: list[Setpoint] = []
        self._arm_ns = 0
        node.create_subscription(ExecutorStatus, "policy/status", self._on_status, LATCHED)
        node.create_subscription(Transition, "policy/transition", self._on_transition, 50)
        node.create_subscription(Setpoint, "arm/setpoint", self._on_setpoint, 50)
        node.create_subscription(ArmState, "arm/state", self._on_arm_state, 50)
        node.create_subscription(ArmStatus, "arm/status", self._on_arm_status, LATCHED)
        node.create_subscription(PoseStamped, "policy/target", self._on_target, LATCHED)

    def comes(self, condition: Callable[[], bool], limit: float) -> bool:
        """Whether the condition comes true within `limit` s and before the end; raise CallError when interrupted."""
        deadline = time.monotonic() + limit
        with self._news:
            while not condition():
                if self._stop.is_set():
                    raise CallError("interrupted")
                if self.ended.is_set() or time.monotonic() > deadline:
                    return False
                self._news.wait(0.1)
        return True

    def tell(self) -> None:
        """Something has changed that `comes` may wait for."""
        with self._news:
            self._news.notify_all()

    def arm_heard(self, stamp_ns: int, limit: float) -> bool:
        """Whether the gate passes on the arm's state of this stamp; one may get lost."""
        return self.comes(lambda: self._arm_ns == stamp_ns, limit)

    def step(self, index: int, count: int, limit: float) -> Lived | None:
        """The step of this index, before which `count` have been lived; None when it does not come."""
        if not self.comes(lambda: index in self._transitions and len(self._setpoints) > count, limit):
            return None
        transition, setpoint = self._transitions[index], self._setpoints[count]
        return Lived(
            image=transition.image.tobytes(),
            touch=np.asarray(transition.tactile),
            action=np.add(transition.base_action, transition.residual_action, dtype=np.float64),
            setpoint=pose_from_msg(setpoint.pose),
        )

    def _on_status(self, status: ExecutorStatus) -> None:
        if status.phase == ExecutorStatus.REACH:
            self._feed.walk()
        self.phase, self.episode_id = status.phase, status.episode_id or self.episode_id
        self.tell()

    def _on_transition(self, message: Transition) -> None:
        if not (message.terminated or message.truncated):
            self._transitions[message.step] = message
            self.tell()

    def _on_setpoint(self, message: Setpoint) -> None:
        if message.source == Setpoint.REACH:
            self._feed.pose, self._feed.opening = pose_from_msg(message.pose), message.gripper_opening
        elif message.source == Setpoint.POLICY and not message.last:
            self._setpoints.append(message)
            self.tell()

    def _on_arm_state(self, message: ArmState) -> None:
        self._feed.heard()
        self._arm_ns = nanoseconds(message.header.stamp)
        self.tell()

    def _on_arm_status(self, status: ArmStatus) -> None:
        self.rule = self.rule or status.rule

    def _on_target(self, target: PoseStamped) -> None:
        self.target = pose_from_msg(target.pose)
