"""The simulated xArm driver's ROS side: the names, types and units of xarm_ros2's xarm_api (node ufactory_driver)."""

from __future__ import annotations

from array import array
from typing import Any

from builtin_interfaces.msg import Time
from control_msgs.action import GripperCommand
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node
from rclpy.task import Future
from sensor_msgs.msg import JointState
from xarm_msgs import srv
from xarm_msgs.msg import RobotMsg

from vital_ros.nodes.spinner import Spinner
from vital_ros.sim.devices import XArmDriver
from vital_ros.sim.devices.xarm_driver import PULSES

ARM_JOINTS = [f"joint{i}" for i in range(1, 8)]
GRIPPER_JOINTS = [
    "drive_joint",
    "left_finger_joint",
    "left_inner_knuckle_joint",
    "right_outer_knuckle_joint",
    "right_finger_joint",
    "right_inner_knuckle_joint",
]
GRIPPER_RATE = 10.0
"""Hz, the driver's default."""


class SimArm:
    """Serves `driver` below `namespace`, one request at a time: as with the driver, a `wait` blocks all others.

    The streamed servo services have an executor of their own, whose small wait set keeps 150 calls a second cheap.
    """

    def __init__(self, driver: XArmDriver, namespace: str):
        self._driver = driver
        self._grips: list[Future] = []
        self._node = Node("ufactory_driver", enable_rosout=False, start_parameter_services=False)
        self._servo = Node("ufactory_driver_servo", enable_rosout=False, start_parameter_services=False)
        self._states = self._node.create_publisher(RobotMsg, f"{namespace}/robot_states", 10)
        self._joints = self._node.create_publisher(JointState, f"{namespace}/joint_states", 10)
        self._robot, self._joint = RobotMsg(), JointState(name=ARM_JOINTS)
        self._joint.velocity = self._joint.effort = array("d", [0.0] * 7)
        self._fingers = JointState(name=GRIPPER_JOINTS)
        self._fingers.velocity = self._fingers.effort = array("d", [0.0] * 6)
        self._stamp = Time()
        self.frozen = False
        """True: no reports, as with a dead network cable."""
        d = driver
        calls = {
            "motion_enable": (srv.SetInt16ById, lambda r: d.motion_enable(r.id, r.data)),
            "set_mode": (srv.SetInt16, lambda r: d.set_mode(r.data)),
            "set_state": (srv.SetInt16, self._set_state),
            "clean_error": (srv.Call, lambda r: d.clean_error()),
            "clean_warn": (srv.Call, lambda r: d.clean_warn()),
            "set_position": (srv.MoveCartesian, self._set_position),
            "set_collision_sensitivity": (srv.SetInt16, lambda r: d.set_collision_sensitivity(r.data)),
            "set_tcp_load": (srv.SetTcpLoad, lambda r: 0),
            "set_gripper_enable": (srv.SetInt16, lambda r: 0),
            "set_gripper_mode": (srv.SetInt16, lambda r: 0),
            "set_gripper_speed": (srv.SetFloat32, lambda r: d.set_gripper_speed(r.data)),
            "set_gripper_position": (srv.GripperMove, self._set_gripper_position),
        }
        for name, (kind, method) in calls.items():
            self._node.create_service(kind, f"{namespace}/{name}", _answer(name, method))
        for name in ("set_servo_cartesian", "set_servo_cartesian_aa"):
            method = self._servo_call(axis_angle=name.endswith("_aa"))
            self._servo.create_service(srv.MoveCartesian, f"{namespace}/{name}", _answer(name, method))
        self._node.create_service(srv.GetFloat32, f"{namespace}/get_gripper_position", self._get_gripper)
        self._node.create_service(srv.GetFloat32List, f"{namespace}/get_position", self._get_position)
        self._action = ActionServer(
            self._node,
            GripperCommand,
            "xarm_gripper/gripper_action",
            execute_callback=self._grip,
            cancel_callback=lambda _: CancelResponse.ACCEPT,  # accepted and ignored, as by the driver
        )
        self._node.create_timer(1 / GRIPPER_RATE, self._report_gripper)
        self._spinners = [Spinner(node) for node in (self._node, self._servo)]

    def _set_state(self, request: srv.SetInt16.Request) -> int:
        self._node.get_logger().info(f"set_state {request.data}")  # who looks for what the arm was told finds it here
        return self._driver.set_state(request.data)

    def start(self) -> None:
        for spinner in self._spinners:
            spinner.start()

    def close(self) -> None:
        for spinner in self._spinners:
            spinner.finish()
        self._action.destroy()
        self._node.destroy_node()
        self._servo.destroy_node()

    def report(self, stamp: Time) -> None:
        """Publish the state; called in the plant's thread every 10 ms."""
        if self.frozen:
            return
        self._stamp = stamp
        report, message = self._driver.report(), self._robot
        message.header.stamp = self._joint.header.stamp = stamp
        message.state, message.mode, message.cmdnum = report.state, report.mode, report.cmdnum
        message.mt_brake, message.mt_able = report.mt_brake, report.mt_able
        message.err, message.warn = report.err, report.warn
        message.angle = array("f", report.angle)
        message.pose = report.pose
        message.offset = report.offset
        self._states.publish(message)
        self._joint.position = array("d", report.angle)
        self._joints.publish(self._joint)

    # --- services ---

    def _set_position(self, request: srv.MoveCartesian.Request) -> int:
        ret = self._driver.set_position(
            request.pose, request.speed, request.acc, request.relative, request.is_tool_coord
        )
        return self._driver.wait_until_idle(request.timeout) if request.wait and ret == 0 else ret

    def _servo_call(self, axis_angle: bool) -> Any:
        def call(r: srv.MoveCartesian.Request) -> int:
            return self._driver.set_servo_cartesian(r.pose, r.relative, r.is_tool_coord, axis_angle)

        return call

    def _set_gripper_position(self, request: srv.GripperMove.Request) -> int:
        ret = self._driver.set_gripper_position(request.pos)
        return self._driver.wait_for_gripper(request.timeout) if request.wait and ret == 0 else ret

    def _get_gripper(self, _: Any, response: srv.GetFloat32.Response) -> srv.GetFloat32.Response:
        response.data = self._driver.gripper_pulses
        return response

    def _get_position(self, _: Any, response: srv.GetFloat32List.Response) -> srv.GetFloat32List.Response:
        response.datas = self._driver.report().pose
        return response

    # --- gripper ---

    async def _grip(self, goal: ServerGoalHandle) -> GripperCommand.Result:
        """rad of drive_joint: 0 open, 0.85 closed."""
        ret = self._driver.set_gripper_position(PULSES - 1000 * goal.request.command.position)
        if ret == 0:
            arrival = Future(executor=self._spinners[0].executor)
            arrival.add_done_callback(lambda _: None)  # setting the result then wakes the executor
            self._grips.append(arrival)
            await arrival
            goal.succeed()
        else:
            goal.abort()
        return GripperCommand.Result(position=self._drive_angle(), reached_goal=ret == 0)

    def _drive_angle(self) -> float:
        return (PULSES - self._driver.gripper_pulses) / 1000

    def _report_gripper(self) -> None:
        if not self.frozen:
            self._fingers.header.stamp = self._stamp
            self._fingers.position = array("d", [self._drive_angle()] * len(GRIPPER_JOINTS))
            self._joints.publish(self._fingers)
        if self._grips and self._driver.wait_for_gripper(0.0) == 0:
            for arrival in self._grips:
                arrival.set_result(True)
            self._grips.clear()


def _answer(name: str, method: Any) -> Any:
    def callback(request: Any, response: Any) -> Any:
        response.ret = method(request)
        response.message = f"{name}, ret={response.ret}"
        return response

    return callback
