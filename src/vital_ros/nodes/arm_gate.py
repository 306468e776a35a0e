"""The only node that commands the arm: puts the safety gate between everybody and the xArm driver.

Setpoints, sensors and driver reports go into `vital_ros.arm.SafetyGate`; what it lets out each servo tick goes to the
driver. Threads: the node's executor (setpoints, sensors, services), the link's (driver), the servo loop; one lock.
"""

from __future__ import annotations

import sys
import threading

import numpy as np
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import CameraInfo
from std_srvs.srv import Trigger
from vital_msgs.msg import ArmState, ArmStatus, Setpoint, Tactile
from vital_msgs.srv import SetArmTask
from xarm_msgs.msg import RobotMsg

from vital_ros import arm
from vital_ros.arm import backends, xarm
from vital_ros.arm.rules import Rule, Trip
from vital_ros.arm.signals import GateState, Output, Report
from vital_ros.geometry import Pose
from vital_ros.nodes.clock import FixedRate, Tick
from vital_ros.nodes.conversions import header, pose_from_msg, pose_to_msg, seconds
from vital_ros.nodes.dry_link import DryLink
from vital_ros.nodes.lifecycle import COMMAND, LATCHED, SENSOR, NodeError, Param, ProductNode, run
from vital_ros.nodes.xarm_link import XarmLink

_CONFIRMATION = 2.0  # s for the driver to report what it was told
_STOP_CONFIRMATION = 1.0
_NOT_CONFIRMED = "the xArm driver does not confirm that the arm is stopped: press the emergency stop"
_STATUS_RATE = 5.0  # Hz
_COMMAND_RATE = 30.0  # Hz of /arm/command


class ArmGate(ProductNode):
    """See the module's text and docs of `vital_ros.arm.gate`."""

    NAME = "arm_gate"
    PARAMETERS = (
        Param("backend", "", "command backend; empty: as robot.yaml says", choices=("", *backends.BACKENDS)),
        Param("dry_run", False, "take the arm's state from /replay/arm_state and command nothing"),
        Param("driver_timeout", 30.0, "s to wait for the xArm driver in configure", 0.1, 300.0),
    )

    _link: XarmLink | DryLink | None = None
    _loop: FixedRate | None = None
    _barred = False
    """/arm/stop was called while the gate was not active."""

    # lifecycle -----------------------------------------------------------------------------------------------------

    def configure(self) -> None:
        settings = self.config.robot.arm
        self._settings = settings
        self._backend = backends.BACKENDS[self.param("backend") or settings.backend]()
        self._gate = arm.SafetyGate(settings, self._backend.mode)
        self._lock = threading.Lock()
        self._tcp, self._tcp_inverse, self._offset = Pose(), Pose(), ()
        self._baseline: np.ndarray | None = None
        self._published: tuple | None = None
        self._confirmed: Trip | None = None  # the newest stop that the driver confirmed, or that we told it is not
        self._state_publisher = self.create_publisher(ArmState, "arm/state", 5)
        self._status_publisher = self.create_publisher(ArmStatus, "arm/status", LATCHED)
        self._command_publisher = self.create_publisher(PoseStamped, "arm/command", 5)
        if self.param("dry_run"):
            self._link = DryLink(self, self._receive_report)
        else:
            self._link = XarmLink(self, settings.namespace, self._backend.service, self._receive_report)
        self._link.await_driver(self.param("driver_timeout"), self.ending)
        self._entities = [
            self.create_subscription(Setpoint, "arm/setpoint", self._receive_setpoint, COMMAND),
            self.create_subscription(Tactile, "anyskin/tactile", self._receive_tactile, SENSOR),
            self.create_subscription(Tactile, "anyskin/baseline", self._receive_baseline, LATCHED),
            self.create_subscription(CameraInfo, "wrist_camera/camera_info", self._receive_camera_info, SENSOR),
        ]
        self._services_of_arm = [
            self.create_service(SetArmTask, "arm/set_task", self._set_task),
            self.create_service(Trigger, "arm/stop", self._stop),
            self.create_service(Trigger, "arm/recover", self._recover),
        ]
        self._publish_status()

    def activate(self) -> None:
        if self._barred:
            raise NodeError("/arm/stop was called: call /arm/recover and activate again")
        self._make_ready()
        self._start_loop()

    def _start_loop(self) -> None:
        """Unless it runs: it has ended by itself when it failed."""
        if self._loop is None or not self._loop.running:
            self._loop = FixedRate(self, self._settings.servo_rate, self._tick, self._loop_failed).start()

    def deactivate(self) -> None:
        with self._lock:
            self._gate.disarm()
            self._link.halt()
        if self._loop is not None:
            self._loop.stop()
        if not self._link.await_report(lambda report: report.state > 2, _STOP_CONFIRMATION):
            self.fault(_NOT_CONFIRMED)
        self._publish_status()

    def cleanup(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
        for subscription in getattr(self, "_entities", []):
            self.destroy_subscription(subscription)
        for service in getattr(self, "_services_of_arm", []):
            self.destroy_service(service)
        for name in ("_state_publisher", "_status_publisher", "_command_publisher"):
            if hasattr(self, name):
                self.destroy_publisher(getattr(self, name))
                delattr(self, name)

    def _make_ready(self) -> None:
        """Take the arm from any error-free state to ready, and the gate with it; raise NodeError."""
        error = self._fresh_report().error
        if error:
            remedy = "remove its cause, call /arm/recover and activate again"
            raise NodeError(f"the arm reports error {xarm.describe_error(error)}: {remedy}")
        with self._lock:
            self._link.forget_requests()
        self._link.run(backends.ready_calls(self._settings, self._backend.mode))
        mode = self._backend.mode
        if not self._link.await_report(lambda r: r.mode == mode and r.state <= 2 and not r.err, _CONFIRMATION):
            r = self._link.fresh_report()
            seen = f"mode {r.mode}, state {r.state}, error {xarm.describe_error(r.err)}"
            raise NodeError(f"the arm did not become ready in mode {mode}, it reports {seen}")
        with self._lock:
            self._gate.arm(self._now(), self._fresh_report())

    def _fresh_report(self) -> Report:
        """What the arm is to be made ready from; raise NodeError."""
        try:
            return self._to_report(self._link.fresh_report())
        except ValueError as error:
            raise NodeError(f"the driver reports {error}") from None

    # what comes in -------------------------------------------------------------------------------------------------

    def _receive_report(self, message: RobotMsg) -> None:
        try:
            report = self._to_report(message)
        except ValueError as error:
            with self._lock:
                self._gate.stop(self._now(), Rule.NON_FINITE, f"the driver reports {error}")
            return
        with self._lock:
            self._gate.on_report(self._now(), report)
        state = ArmState(header=header(message.header.stamp, "link_base"), pose=pose_to_msg(report.pose))
        state.gripper_opening = self._link.opening if self._link else 0.0
        self._state_publisher.publish(state)

    def _to_report(self, message: RobotMsg) -> Report:
        offset = tuple(message.offset.tolist())
        if offset != self._offset:
            self._tcp, self._offset = xarm.controller_tcp(offset), offset
            self._tcp_inverse = self._tcp.inverse()
        pose = xarm.from_rpy(message.pose) @ self._tcp
        return Report(pose, message.mode, message.state, message.err, offset)

    def _receive_setpoint(self, message: Setpoint) -> None:
        p, q = message.pose.position, message.pose.orientation
        setpoint = arm.Setpoint(
            source=message.source,
            sequence=message.sequence,
            stamp=seconds(message.header.stamp),
            position=(p.x, p.y, p.z),
            quaternion=(q.x, q.y, q.z, q.w),
            opening=message.gripper_opening,
            duration=message.duration,
            last=message.last,
            frame=message.header.frame_id,
        )
        with self._lock:
            self._gate.on_setpoint(self._now(), setpoint)

    def _receive_camera_info(self, _: CameraInfo) -> None:
        with self._lock:
            self._gate.on_camera(self._now())

    def _receive_baseline(self, message: Tactile) -> None:
        self._baseline = np.asarray(message.field, dtype=np.float32)

    def _receive_tactile(self, message: Tactile) -> None:
        field = np.asarray(message.field, dtype=np.float32)
        if self._baseline is None or self._baseline.shape != field.shape:
            return
        norm = arm.contact_norm(field, self._baseline, message.sensors)
        with self._lock:
            self._gate.on_tactile(self._now(), norm)

    # services ------------------------------------------------------------------------------------------------------

    def _set_task(self, request: SetArmTask.Request, response: SetArmTask.Response) -> SetArmTask.Response:
        try:
            task, target = self.config.task(request.task), pose_from_msg(request.target)
            with self._lock:
                self._gate.set_task(task, target)
        except ValueError as error:
            response.message = str(error).replace("\n", "; ")
            return response
        response.success, response.message = True, f"limits of {request.task} in force"
        self._publish_status()
        return response

    def _stop(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        with self._lock:
            self._gate.stop(self._now(), Rule.OPERATOR, "/arm/stop was called")
            self._link.halt()
        self._barred = self.state != "active"
        response.success, response.message = True, "stop sent; /arm/recover allows motion again"
        return response

    def _recover(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            if self.state == "active" and self._gate.state != GateState.STOPPED:
                raise NodeError("nothing to recover: the arm is not stopped")
            with self._lock:
                self._confirmed = self._gate.trip  # from now on it is to move again
            self._link.run(backends.clear_calls())
            if not self._link.await_report(lambda report: report.err == 0, _CONFIRMATION):
                raise NodeError(f"the arm keeps error {xarm.describe_error(self._link.fresh_report().err)}")
            if self.state == "active":
                self._make_ready()
                self._start_loop()
        except NodeError as error:
            response.message = str(error)
            return response
        self._barred = False
        response.success, response.message = True, "recovered"
        self.fault("")
        self._publish_status()
        return response

    # the servo loop ------------------------------------------------------------------------------------------------

    def _tick(self, tick: Tick) -> None:
        with self._lock:
            outstanding, refusal = self._link.poll()
            now = self._now()
            if refusal:
                self._gate.stop(now, Rule.DRIVER_REFUSED, refusal)
            output = self._gate.tick(now, outstanding)
            self._send(output)
            defied = self._defied(now)
            if defied:
                self._link.halt()
        if output.trip is not None:
            self.fault(f"arm stopped by rule {output.trip.rule.value}: {output.trip.reason}")
        if defied:
            self.fault(_NOT_CONFIRMED)
        if output.pose is not None and tick.index % round(self._settings.servo_rate / _COMMAND_RATE) == 0:
            stamp = self.get_clock().now().to_msg()
            self._command_publisher.publish(
                PoseStamped(header=header(stamp, "link_base"), pose=pose_to_msg(output.pose))
            )
        told = (self._gate.state, self._gate.trip, self._gate.hold, self._gate.task)
        if told != self._published or tick.index % round(self._settings.servo_rate / _STATUS_RATE) == 0:
            self._publish_status()

    def _send(self, output: Output) -> None:
        if output.trip is not None:
            self._link.halt()
            return
        fields = self._backend.request(output, self._tcp_inverse)
        if fields is not None:
            self._link.move(fields)
        if output.opening is not None:
            self._link.grip(output.opening)

    def _defied(self, now: float) -> bool:
        """Whether the arm has not come to a stop in time; told once for each stop.

        An arm that has stopped and is then set free by a person, to move it by hand, is none of ours.
        """
        gate, trip = self._gate, self._gate.trip
        if gate.state != GateState.STOPPED or trip is None or trip is self._confirmed or gate.report is None:
            return False
        stopped = gate.report.state > 2
        if not stopped and (now - trip.time < _STOP_CONFIRMATION or not gate.reports_arrive(now)):
            return False
        self._confirmed = trip
        return not stopped

    def _loop_failed(self, error: Exception) -> None:
        with self._lock:
            self._gate.stop(self._now(), Rule.GATE_FAILURE, f"internal error: {type(error).__name__}: {error}")
            self._link.halt()
        self.fault(f"arm stopped: {self._gate.trip.reason}")
        self._publish_status()

    # status --------------------------------------------------------------------------------------------------------

    def _publish_status(self) -> None:
        gate, report = self._gate, self._link.report if self._link else None
        self._published = (gate.state, gate.trip, gate.hold, gate.task)
        status = ArmStatus(state=int(gate.state), task=gate.task, reason=gate.hold)
        status.header = header(self.get_clock().now().to_msg(), "link_base")
        if gate.trip is not None:
            status.rule, status.reason = gate.trip.rule.value, gate.trip.reason
        if report is not None:
            status.driver_mode, status.driver_state, status.driver_error = report.mode, report.state, report.err
        self._status_publisher.publish(status)

    def _now(self) -> float:
        return self.get_clock().now().nanoseconds * 1e-9


def main() -> int:
    return run(ArmGate)


if __name__ == "__main__":
    sys.exit(main())
