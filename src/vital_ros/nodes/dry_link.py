"""In place of the wire to the xArm driver: an arm that is where the replay says, and that nothing commands.

It makes no client and publishes nothing, so no arm can move, whatever driver runs on the domain.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from rclpy.node import Node
from vital_msgs.msg import ArmState
from xarm_msgs.msg import RobotMsg

from vital_ros.arm import xarm
from vital_ros.arm.backends import Call
from vital_ros.nodes.conversions import pose_from_msg
from vital_ros.nodes.lifecycle import SENSOR, NodeError
from vital_ros.nodes.spinner import Spinner

TOPIC = "/replay/arm_state"


class DryLink:
    """The face of `XarmLink`; set_mode, set_state and a halt change what it reports, all else is taken and forgotten.

    Attributes:
        report, opening: as in `XarmLink`.
    """

    def __init__(self, owner: Node, on_report: Callable[[RobotMsg], None]):
        self._on_report = on_report
        self._mode, self._state = xarm.POSITION_MODE, xarm.STOP_STATE
        self.report: RobotMsg | None = None
        self.opening = 0.0
        self._news = threading.Condition()
        self._node = Node(
            f"{owner.get_name()}_dry_link",
            cli_args=[],
            use_global_arguments=False,
            enable_rosout=False,
            start_parameter_services=False,
        )
        self._node.create_subscription(ArmState, TOPIC, self._receive, SENSOR)
        self._spinner = Spinner(self._node)
        self._spinner.start()

    def close(self) -> None:
        self._spinner.finish()
        self._node.destroy_node()

    def await_driver(self, patience: float, ending: threading.Event) -> None:
        if not self.await_report(lambda _: True, patience):
            raise NodeError(f"nothing on {TOPIC} for {patience:g} s: does the replayer run?")

    def fresh_report(self) -> RobotMsg:
        return self.report

    def await_report(self, condition: Callable[[RobotMsg], bool], patience: float) -> bool:
        with self._news:
            return self._news.wait_for(lambda: self.report is not None and condition(self.report), patience)

    def run(self, calls: Iterable[Call], patience: float = 2.0) -> None:
        for call in calls:
            if call.service == "set_mode":
                self._become(call.fields["data"], self._state)
            elif call.service == "set_state":
                self._become(self._mode, 2 if call.fields["data"] == xarm.READY_STATE else call.fields["data"])

    def halt(self) -> None:
        self._become(xarm.POSITION_MODE, xarm.STOP_STATE)

    def move(self, fields: dict[str, Any]) -> None:
        """Nothing moves."""

    def grip(self, opening: float) -> None:
        """Nothing moves."""

    def poll(self) -> tuple[int, str]:
        return 0, ""

    def forget_requests(self) -> None:
        """There are none."""

    def _become(self, mode: int, state: int) -> None:
        with self._news:
            self._mode, self._state = mode, state
            if self.report is not None:
                self.report.mode, self.report.state = mode, state

    def _receive(self, message: ArmState) -> None:
        report = RobotMsg(header=message.header, angle=[0.0] * 7)
        report.pose = xarm.to_rpy(pose_from_msg(message.pose) @ xarm.LINK_TCP.inverse())
        with self._news:
            report.mode, report.state = self._mode, self._state
            self.report, self.opening = report, message.gripper_opening
            self._news.notify_all()
        self._on_report(report)
