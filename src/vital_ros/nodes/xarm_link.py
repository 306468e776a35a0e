"""The wire to the xArm driver: its state topics, its services. It decides nothing.

It has a node and an executor thread of its own, for two reasons: answers and states of the driver keep arriving while
a lifecycle transition of the gate waits for them, and a small wait set keeps 400 callbacks a second cheap.
"""

from __future__ import annotations

import threading
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from rclpy.node import Node
from rclpy.serialization import deserialize_message
from rclpy.task import Future
from sensor_msgs.msg import JointState
from xarm_msgs import srv
from xarm_msgs.msg import RobotMsg

from vital_ros.arm import xarm
from vital_ros.arm.backends import LEAVE_MODE, STOP, Call, gripper_call
from vital_ros.nodes.conversions import seconds
from vital_ros.nodes.lifecycle import SENSOR, NodeError
from vital_ros.nodes.spinner import Spinner

_GRIPPER = "set_gripper_position"
_TYPES = {
    "motion_enable": srv.SetInt16ById,
    "set_mode": srv.SetInt16,
    "set_state": srv.SetInt16,
    "clean_error": srv.Call,
    "clean_warn": srv.Call,
    "set_tcp_load": srv.SetTcpLoad,
    "set_collision_sensitivity": srv.SetInt16,
    "set_gripper_enable": srv.SetInt16,
    "set_gripper_mode": srv.SetInt16,
    "set_gripper_speed": srv.SetFloat32,
    _GRIPPER: srv.GripperMove,
}
_REQUIRED = ("motion_enable", "set_mode", "set_state", "clean_error", "clean_warn")
_GRIPS = 8  # requests to the gripper whose answers are waited for; it answers when it has moved
_MINIMUM_RATE = 50.0  # Hz; the driver's default is 5
_RATE_PATIENCE = 6.0  # s; while everything starts at once, reports may come late
_RATE_SAMPLES = 25


class XarmLink:
    """Args:
    owner: node whose context and logger are used.
    namespace: of the driver, `/xarm`.
    motion_service: MoveCartesian service of the backend in use.
    on_report: called in the link's thread for each state report of the driver.

    Attributes:
        report: newest state report, None before the first.
        opening: of the gripper, 0 closed .. 1 open; 0 before the first reading.
    """

    def __init__(self, owner: Node, namespace: str, motion_service: str, on_report: Callable[[RobotMsg], None]):
        self._owner = owner
        self._on_report = on_report
        self._node = Node(
            f"{owner.get_name()}_xarm_link",
            namespace=owner.get_namespace(),
            cli_args=[],
            use_global_arguments=False,
            enable_rosout=False,
            start_parameter_services=False,
        )
        self.report: RobotMsg | None = None
        self.opening = 0.0
        self._arrival = 0.0
        self._stamps: deque[float] = deque(maxlen=_RATE_SAMPLES)
        self._node.create_subscription(RobotMsg, f"{namespace}/robot_states", self._receive_report, SENSOR)
        self._node.create_subscription(JointState, f"{namespace}/joint_states", self._receive_joints, SENSOR, raw=True)
        self._clients = {name: self._node.create_client(kind, f"{namespace}/{name}") for name, kind in _TYPES.items()}
        self._motion = self._node.create_client(srv.MoveCartesian, f"{namespace}/{motion_service}")
        # A client of its own for the stop, so that it never queues behind another request of ours
        self._stop = self._node.create_client(srv.SetInt16, f"{namespace}/{STOP.service}")
        self._motion_request = srv.MoveCartesian.Request()
        self._outstanding: deque[Future] = deque()
        self._grips: deque[Future] = deque(maxlen=_GRIPS)
        self._spinner = Spinner(self._node)
        self._spinner.start()

    def close(self) -> None:
        self._spinner.finish()
        self._node.destroy_node()

    # start-up ------------------------------------------------------------------------------------------------------

    def await_driver(self, patience: float, ending: threading.Event) -> None:
        """Wait until the driver answers and reports fast enough; raise NodeError."""
        topic = f"{self._motion.service_name.rsplit('/', 1)[0]}/robot_states"
        if not _wait(lambda: self.report is not None, patience, ending):
            raise NodeError(f"nothing on {topic} for {patience:g} s: is the xArm driver running?")
        required = [self._clients[name] for name in _REQUIRED] + [self._motion]
        _wait(lambda: all(client.service_is_ready() for client in required), patience, ending)
        for client in required:
            if not client.service_is_ready():
                name = client.service_name
                key = f"services.{name.rsplit('/', 1)[1]}"
                raise NodeError(f"the xArm driver does not offer {name}: set {key} true for it")
        if not _wait(lambda: self._report_rate() >= _MINIMUM_RATE, _RATE_PATIENCE, ending):
            rate = f"{self._report_rate():.0f} Hz"
            raise NodeError(f"{topic} comes at {rate}, needed are 50: launch the driver with report_type:=dev")

    def _report_rate(self) -> float:
        """Hz, by the stamps of the newest reports; 0 before there are enough."""
        stamps = list(self._stamps)
        span = stamps[-1] - stamps[0] if len(stamps) == _RATE_SAMPLES else 0.0
        return (len(stamps) - 1) / span if span > 0 else 0.0

    def fresh_report(self) -> RobotMsg:
        """The newest report; NodeError if it is older than 0.5 s."""
        if self.report is None or time.monotonic() - self._arrival > 0.5:
            raise NodeError("the xArm driver has stopped reporting its state: is it still running?")
        return self.report

    def await_report(self, condition: Callable[[RobotMsg], bool], patience: float) -> bool:
        """Wait until a report fulfils the condition."""
        return _wait(lambda: self.report is not None and condition(self.report), patience, threading.Event())

    # calls ---------------------------------------------------------------------------------------------------------

    def run(self, calls: Iterable[Call], patience: float = 2.0) -> None:
        """Make calls one after the other, from any thread but the link's; raise NodeError at the first that fails."""
        for call in calls:
            client = self._clients[call.service]
            if call.optional and not client.service_is_ready():
                self._owner.get_logger().warning(f"the xArm driver does not offer {client.service_name}: left out")
                continue
            future = client.call_async(_request(call))
            if not _wait(future.done, patience, threading.Event()):
                client.remove_pending_request(future)
                raise NodeError(f"{client.service_name} did not answer within {patience:g} s")
            answer = future.result()
            if answer.ret not in xarm.ACCEPTED:
                raise NodeError(f"{client.service_name} refused: {xarm.describe_return(answer.ret)} {answer.message}")

    def halt(self) -> None:
        """Stop the arm now, without waiting; safe from any thread."""
        self._stop.call_async(_request(STOP))
        self._clients[LEAVE_MODE.service].call_async(_request(LEAVE_MODE))

    def grip(self, opening: float) -> None:
        """Move the gripper, without waiting."""
        call = gripper_call(opening)
        self._grips.append(self._clients[call.service].call_async(_request(call)))

    def move(self, fields: dict[str, Any]) -> None:
        """Send one motion request, without waiting; `poll` tells what became of it."""
        request = self._motion_request
        for name, value in fields.items():
            setattr(request, name, array("f", value) if name == "pose" else value)
        self._outstanding.append(self._motion.call_async(request))

    def poll(self) -> tuple[int, str]:
        """Motion requests not yet answered, and the first refusal among the answers since the last call, of the
        gripper's too."""
        refusals = []
        for client, requests in ((self._motion, self._outstanding), (self._clients[_GRIPPER], self._grips)):
            while requests and requests[0].done():
                answer = requests.popleft().result()
                if answer is not None and answer.ret not in xarm.ACCEPTED:
                    refusals.append(f"{client.service_name}: {xarm.describe_return(answer.ret)} {answer.message}")
        return len(self._outstanding), refusals[0] if refusals else ""

    def forget_requests(self) -> None:
        """Give up what is not answered."""
        while self._outstanding:
            self._motion.remove_pending_request(self._outstanding.popleft())
        while self._grips:
            self._clients[_GRIPPER].remove_pending_request(self._grips.popleft())

    # the link's thread ---------------------------------------------------------------------------------------------

    def _receive_report(self, message: RobotMsg) -> None:
        self.report, self._arrival = message, time.monotonic()
        self._stamps.append(seconds(message.header.stamp))
        self._on_report(message)

    def _receive_joints(self, raw: bytes) -> None:
        if xarm.GRIPPER_JOINT.encode() not in raw:  # the arm's own joints share the topic
            return
        message = deserialize_message(raw, JointState)
        joints = dict(zip(message.name, message.position, strict=False))
        if xarm.GRIPPER_JOINT in joints:  # a driver with a prefix names it otherwise
            self.opening = xarm.opening_from_joint(joints[xarm.GRIPPER_JOINT])


def _request(call: Call) -> Any:
    return _TYPES[call.service].Request(**call.fields)


def _wait(condition: Callable[[], bool], patience: float, ending: threading.Event) -> bool:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline or ending.wait(0.005):
            return False
    return True
