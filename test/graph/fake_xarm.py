"""A stand-in for the xArm driver that does as told at once, records what it was told, and can be made to fail."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from scipy.spatial.transform import Rotation
from xarm_msgs import srv
from xarm_msgs.msg import RobotMsg

START = (400.0, 0.0, 180.0, 3.14159265, 0.0, 0.0)  # mm, rad: link_tcp points down
OFFSET = (0.0, 0.0, 172.0, 0.0, 0.0, 0.0)
SETTINGS = {
    "set_mode": srv.SetInt16,
    "set_state": srv.SetInt16,
    "motion_enable": srv.SetInt16ById,
    "clean_error": srv.Call,
    "clean_warn": srv.Call,
    "set_collision_sensitivity": srv.SetInt16,
    "set_tcp_load": srv.SetTcpLoad,
    "set_gripper_position": srv.GripperMove,
}


@dataclass
class Received:
    """One request as it arrived.

    Attributes:
        time: s, monotonic.
        state: of the arm when it arrived.
    """

    service: str
    request: Any
    time: float
    state: int


class FakeXArm:
    """Serves /xarm/* in a ROS domain from a thread of its own.

    Attributes:
        mode, state, error: as reported; set `error` to inject one (mode 0 and state 4 follow, as in the firmware).
        frozen: no more reports.
        refusal: return value of motion requests.
        hang: motion requests are not answered while this event is clear.
        hanging: names of further services that wait for `hang`.
        follows: the arm is at once where a streamed motion puts it.
        every: only one report of so many is sent.
        deaf: calls that stop the arm are answered, and nothing else.
        grip_refusal: return value of requests to the gripper.
        spoiled: numbers that reports give in place of the pose's, by index.
        received: all requests.
    """

    def __init__(self, domain: int, rate: float = 100.0):
        self.mode, self.state, self.error = 0, 2, 0
        self.pose = list(START)
        self.frozen = False
        self.refusal = 0
        self.hang = threading.Event()
        self.hang.set()
        self.hanging: set[str] = set()
        self.follows = False
        self.every = 1
        self.deaf = False
        self.grip_refusal = 0
        self.spoiled: dict[int, float] = {}
        self._due = 0
        self.received: list[Received] = []
        self._context = rclpy.Context()
        rclpy.init(context=self._context, domain_id=domain)
        self._node = rclpy.create_node("ufactory_driver", context=self._context)
        self._reports = self._node.create_publisher(RobotMsg, "/xarm/robot_states", 10)
        self._node.create_timer(1.0 / rate, self._report)
        for name, kind in SETTINGS.items():
            self._serve(name, kind, self._set)
        self._serve("set_servo_cartesian_aa", srv.MoveCartesian, self._move)
        self._serve("set_position", srv.MoveCartesian, self._move)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self._thread = threading.Thread(target=self._executor.spin, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.hang.set()
        self._executor.shutdown(timeout_sec=10.0)
        self._thread.join(10.0)
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)

    def requests(self, service: str) -> list[Received]:
        return [r for r in self.received if r.service == service]

    @property
    def motions(self) -> list[Received]:
        return self.requests("set_servo_cartesian_aa") + self.requests("set_position")

    def _serve(self, name: str, kind: type, handler: Any) -> None:
        def callback(request: Any, response: Any) -> Any:
            self.received.append(Received(name, request, time.monotonic(), self.state))
            if name in self.hanging:
                self.hang.wait(30.0)
            handler(name, request, response)
            return response

        self._node.create_service(kind, f"/xarm/{name}", callback)

    def _set(self, name: str, request: Any, response: Any) -> None:
        if name == "set_gripper_position":
            response.ret = self.grip_refusal
            return
        if self.deaf and name in ("set_mode", "set_state"):
            return
        if name == "set_mode":
            self.mode, self.state = request.data, 4  # as the driver does: stop, then the mode
        elif name == "set_state":
            self.state = 2 if request.data == 0 and not self.error else 4
        elif name == "clean_error":
            self.error = 0
        response.ret = 1 if self.error and name == "set_state" else 0

    def _move(self, _: str, request: Any, response: Any) -> None:
        self.hang.wait(30.0)
        response.ret = self.refusal
        if self.follows and not self.refusal:
            turn = Rotation.from_rotvec(request.pose[3:]).as_euler("xyz")
            self.pose = [*map(float, request.pose[:3]), *turn.tolist()]

    def _report(self) -> None:
        self._due += 1
        if self.frozen or self._due % self.every:
            return
        if self.error:
            self.mode, self.state = 0, 4
        message = RobotMsg(state=self.state, mode=self.mode, err=self.error, angle=[0.0] * 7)
        message.header.stamp = self._node.get_clock().now().to_msg()
        message.pose = [self.spoiled.get(index, number) for index, number in enumerate(self.pose)]
        message.offset = OFFSET
        self._reports.publish(message)
