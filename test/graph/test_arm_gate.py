"""The arm_gate node against a driver that can fail; what counts is what the driver received."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import String
from std_srvs.srv import Trigger
from vital_msgs.msg import ArmState, ArmStatus, Setpoint, Tactile
from vital_msgs.srv import SetArmTask

from vital_ros.config import load_config

from .client import Client, wait_until
from .conftest import NodeProcess
from .fake_xarm import FakeXArm

X, Y, Z = 0.40, 0.0, 0.18  # m, where the fake arm stands
CONFIRMED = 5.0  # s within which a loaded machine must have stopped the arm; asserted by events, not by clocks


@pytest.fixture
def driver(ros_domain: int) -> Iterator[FakeXArm]:
    fake = FakeXArm(ros_domain)
    yield fake
    fake.close()


class Operator:
    """Feeds the gate as the rest of the graph would, and watches it."""

    def __init__(self, client: Client, latched: object):
        self.client = client
        self.status = client.subscribe(ArmStatus, "/arm/status", latched)
        self._setpoints = client.publisher(Setpoint, "/arm/setpoint")
        self._camera = client.publisher(CameraInfo, "/wrist_camera/camera_info")
        self._tactile = client.publisher(Tactile, "/anyskin/tactile")
        self._baseline = client.publisher(Tactile, "/anyskin/baseline", latched)
        self.norm = 0.0
        self.sensing = threading.Event()
        self._sequence = 0
        client.node.create_timer(0.02, self._sense)
        self._baseline.publish(Tactile(sensors=2, magnetometers=5, field=[0.0] * 30))
        self.sensing.set()

    def _sense(self) -> None:
        if self.sensing.is_set():
            self._camera.publish(CameraInfo())
            self._tactile.publish(Tactile(sensors=2, magnetometers=5, field=[self.norm] + [0.0] * 29))

    def set_task(self, x: float = X, task: str = "key_lock") -> SetArmTask.Response:
        request = SetArmTask.Request(task=task)
        request.target.position.x, request.target.position.z = x, 0.10
        return self.client.call(SetArmTask, "/arm/set_task", request)

    def ask(self, x: float = X, z: float = Z, source: int = Setpoint.REACH, duration: float = 0.0, **more) -> None:
        self._sequence += 1
        message = Setpoint(source=source, sequence=self._sequence, duration=duration, **more)
        message.header.stamp = self.client.node.get_clock().now().to_msg()
        message.header.frame_id = "link_base"
        p = message.pose.position
        p.x, p.y, p.z = x, Y, z
        message.pose.orientation.x, message.pose.orientation.w = 1.0, 0.0
        self._setpoints.publish(message)

    def wait_stopped(self, rule: str) -> ArmStatus:
        return self.status.wait(1, lambda s: s.state == ArmStatus.STOPPED and s.rule == rule)[0]

    def wait_state(self, state: int) -> ArmStatus:
        return self.status.wait(1, lambda s: s.state == state)[0]

    def trigger(self, name: str) -> Trigger.Response:
        return self.client.call(Trigger, name)


@pytest.fixture
def gate(driver: FakeXArm, spawn: Callable[..., NodeProcess]) -> NodeProcess:
    return spawn("vital_ros.nodes.arm_gate")


@pytest.fixture
def operator(gate: NodeProcess, client: Client, latched: object) -> Operator:
    client.bring_up("arm_gate")
    operator = Operator(client, latched)
    assert operator.set_task().success
    return operator


def begin_long_motion(operator: Operator, driver: FakeXArm) -> None:
    """A reach that takes seconds, under way."""
    operator.ask(z=0.45, duration=20.0)
    wait_until(lambda: len(driver.motions) > 20, "the arm does not move")


def assert_nothing_more(driver: FakeXArm) -> None:
    """The stop arrived, and no motion after it."""
    wait_until(lambda: any(r.request.data == 4 for r in driver.requests("set_state")), "no stop arrived")
    stop = next(r for r in driver.requests("set_state") if r.request.data == 4)
    count = len(driver.received)
    threading.Event().wait(0.3)  # 45 servo ticks in which nothing may come
    late = [r for r in driver.received if r.service.startswith("set_servo") and r.time > stop.time + 0.02]
    assert late == [], f"{len(late)} motions after the stop, {count} requests before"


def test_start_order_and_motion(driver: FakeXArm, operator: Operator) -> None:
    services = [r.service for r in driver.received]
    assert services[:1] == ["motion_enable"]
    assert services[-2:] == ["set_mode", "set_state"]
    assert (driver.mode, driver.state) == (1, 2)
    operator.status.clear()
    operator.ask(x=X + 0.03)
    arrived = pytest.approx(430.0, abs=1e-3)  # it holds on its way too, where a busy machine delivers late
    wait_until(lambda: driver.motions and driver.motions[-1].request.pose[0] == arrived, "the arm does not arrive")
    operator.wait_state(ArmStatus.HOLDING)
    poses = [r.request.pose for r in driver.motions]
    assert poses[0][0] == pytest.approx(400.0, abs=0.5)
    assert poses[-1][0] == arrived
    assert max(abs(b[0] - a[0]) for a, b in pairwise(poses)) <= 1e3 * 0.15 * 3 / 150
    state = operator.client.wait_for_message(ArmState, "/arm/state", qos=qos_profile_sensor_data)
    assert state.pose.position.z == pytest.approx(0.18)
    assert abs(state.pose.orientation.x) == pytest.approx(1.0)  # half a turn: both signs are the same


def test_operator_stop_reaches_the_arm_while_it_moves(driver: FakeXArm, operator: Operator) -> None:
    begin_long_motion(operator, driver)
    assert operator.trigger("/arm/stop").success
    operator.wait_stopped("operator")
    assert_nothing_more(driver)
    operator.ask(x=X + 0.03)
    before = len(driver.motions)
    threading.Event().wait(0.2)
    assert len(driver.motions) == before


def test_error_stops_and_only_recover_clears_it(driver: FakeXArm, operator: Operator) -> None:
    begin_long_motion(operator, driver)
    driver.error = 31
    status = operator.wait_stopped("driver_error")
    assert "collision" in status.reason
    assert_nothing_more(driver)
    assert driver.requests("clean_error") == []
    operator.status.clear()
    answer = operator.trigger("/arm/recover")
    assert answer.success, answer.message
    assert len(driver.requests("clean_error")) == 1
    operator.wait_state(ArmStatus.READY)
    driver.pose[0] = 410.0  # a person has moved the arm meanwhile: motion begins where it is
    driver.received.clear()
    threading.Event().wait(0.1)
    operator.ask(x=X + 0.02)
    wait_until(lambda: bool(driver.motions), "no motion after recovery")
    assert driver.motions[0].request.pose[0] == pytest.approx(410.0, abs=0.5)


def test_a_stop_before_activation_is_not_forgotten(driver: FakeXArm, gate: NodeProcess, client: Client) -> None:
    assert client.change_state("arm_gate", "configure")
    assert client.call(Trigger, "/arm/stop").success
    assert not client.change_state("arm_gate", "activate")
    gate.wait_for_log(r"/arm/stop was called: call /arm/recover")
    assert driver.requests("motion_enable") == []
    assert client.call(Trigger, "/arm/recover").success
    assert client.change_state("arm_gate", "activate")


def test_an_arm_that_does_not_stop_is_told_again_and_reported(
    driver: FakeXArm, operator: Operator, latched: object
) -> None:
    begin_long_motion(operator, driver)
    driver.deaf = True
    assert operator.trigger("/arm/stop").success
    operator.client.wait_for_message(String, "/arm_gate/fault", lambda m: "emergency stop" in m.data, latched)
    # the service's, the servo loop's, and the one after a second in vain
    wait_until(lambda: sum(r.request.data == 4 for r in driver.requests("set_state")) == 3, "no further stop")


def test_an_arm_that_a_person_sets_free_after_a_stop_is_left_alone(driver: FakeXArm, operator: Operator) -> None:
    begin_long_motion(operator, driver)
    assert operator.trigger("/arm/stop").success
    assert_nothing_more(driver)
    driver.received.clear()
    driver.mode, driver.state = 2, 1  # manual mode
    threading.Event().wait(1.5)
    assert driver.received == []


def test_a_defect_stops_the_arm_and_recovery_makes_it_move_again(
    driver: FakeXArm,
    spawn: Callable[..., NodeProcess],
    client: Client,
    latched: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    spawn("failing_gate")
    client.bring_up("arm_gate")
    operator = Operator(client, latched)
    assert operator.set_task().success
    operator.ask(x=X + 0.03)
    assert "ArithmeticError: a defect" in operator.wait_stopped("gate_failure").reason
    wait_until(lambda: driver.state == 4, "no stop arrived")
    assert driver.motions == []
    operator.status.clear()
    assert operator.trigger("/arm/recover").success
    operator.wait_state(ArmStatus.READY)
    operator.ask(x=X + 0.03)
    wait_until(lambda: len(driver.motions) > 20, "no motion after recovery")


def test_recover_does_nothing_to_an_arm_that_is_not_stopped(driver: FakeXArm, operator: Operator) -> None:
    answer = operator.trigger("/arm/recover")
    assert not answer.success
    assert driver.requests("clean_error") == []


def test_mode_drop_stops(driver: FakeXArm, operator: Operator) -> None:
    begin_long_motion(operator, driver)
    driver.mode = 0
    operator.wait_stopped("driver_mode")
    assert_nothing_more(driver)


def test_frozen_state_stops(driver: FakeXArm, operator: Operator) -> None:
    begin_long_motion(operator, driver)
    driver.frozen = True
    operator.wait_stopped("stale_arm_state")
    assert_nothing_more(driver)


@pytest.mark.parametrize(("index", "number"), [(1, math.nan), (4, math.inf)], ids=["position", "rotation"])
def test_a_pose_that_is_not_finite_stops_until_it_is_recovered(
    driver: FakeXArm, operator: Operator, index: int, number: float
) -> None:
    begin_long_motion(operator, driver)
    driver.spoiled = {index: number}
    assert operator.wait_stopped("non_finite").reason.startswith("the driver reports not a pose: position [")
    assert_nothing_more(driver)
    refused = operator.trigger("/arm/recover")
    assert not refused.success and refused.message.startswith("the driver reports not a pose")
    assert driver.state == 4
    driver.spoiled = {}
    assert_nothing_more(driver)
    operator.status.clear()
    assert operator.trigger("/arm/recover").success
    operator.wait_state(ArmStatus.READY)


def test_hanging_driver_stops_and_requests_do_not_pile_up(driver: FakeXArm, operator: Operator) -> None:
    begin_long_motion(operator, driver)
    driver.hang.clear()
    status = operator.status.wait(1, lambda s: s.state == ArmStatus.STOPPED)[0]
    assert status.rule in ("driver_silent", "stale_arm_state")  # the fake reports from the thread that hangs
    count = len(driver.motions)
    driver.hang.set()
    wait_until(lambda: any(r.request.data == 4 for r in driver.requests("set_state")), "no stop arrived")
    assert len(driver.motions) - count <= 8


def test_refused_motion_stops(driver: FakeXArm, operator: Operator) -> None:
    driver.refusal = 9
    operator.ask(x=X + 0.03)
    assert "not ready to move" in operator.wait_stopped("driver_refused").reason


def test_refused_gripper_stops(driver: FakeXArm, operator: Operator) -> None:
    driver.grip_refusal = 9
    operator.ask(x=X + 0.03, gripper_opening=1.0)
    assert "set_gripper_position" in operator.wait_stopped("driver_refused").reason


def test_contact_stops(driver: FakeXArm, operator: Operator) -> None:
    begin_long_motion(operator, driver)
    operator.norm = load_config().task("key_lock").tactile_limit + 100.0
    operator.wait_stopped("contact")
    assert_nothing_more(driver)


def test_silent_camera_holds_a_policy_then_stops(driver: FakeXArm, operator: Operator) -> None:
    def step() -> None:
        operator.ask(x=X, source=Setpoint.POLICY, duration=1 / 6)

    timer = operator.client.node.create_timer(1 / 6, step)
    operator.wait_state(ArmStatus.MOVING)
    operator.sensing.clear()
    status = operator.status.wait(1, lambda s: s.state == ArmStatus.STOPPED)[0]
    assert status.rule in ("stale_camera", "stale_tactile")
    timer.cancel()
    assert_nothing_more(driver)


def test_a_person_who_falls_silent_is_held_then_stopped(driver: FakeXArm, operator: Operator) -> None:
    operator.norm = 0.0
    operator.ask(z=Z - 0.005, source=Setpoint.TELEOP, duration=1 / 6)
    operator.status.wait(1, lambda s: s.state == ArmStatus.HOLDING and "no setpoint" in s.reason)
    assert "no setpoint" in operator.wait_stopped("late_setpoint").reason
    assert_nothing_more(driver)


def test_motion_before_any_task_is_refused(
    driver: FakeXArm, gate: NodeProcess, client: Client, latched: object
) -> None:
    client.bring_up("arm_gate")
    operator = Operator(client, latched)
    operator.ask(x=X + 0.01)
    operator.wait_stopped("no_task")
    assert driver.motions == []


def test_bad_tasks_are_refused_in_one_line(operator: Operator) -> None:
    unknown = operator.set_task(task="key_lok")
    assert not unknown.success
    assert "key_lock" in unknown.message
    far = operator.set_task(x=0.9)
    assert not far.success
    assert "outside arm.workspace" in far.message


def test_interrupt_stops_the_arm_first(driver: FakeXArm, gate: NodeProcess, operator: Operator) -> None:
    begin_long_motion(operator, driver)
    assert gate.interrupt() == 0
    assert driver.state == 4
    assert_nothing_more(driver)


def test_deactivation_stops_the_arm(driver: FakeXArm, operator: Operator) -> None:
    begin_long_motion(operator, driver)
    assert operator.client.change_state("arm_gate", "deactivate")
    assert driver.state == 4
    assert_nothing_more(driver)


def test_online_backend_hands_over_bounded_targets(
    driver: FakeXArm, spawn: Callable[..., NodeProcess], client: Client, latched: object
) -> None:
    spawn("vital_ros.nodes.arm_gate", "--ros-args", "-p", "backend:=online")
    client.bring_up("arm_gate")
    operator = Operator(client, latched)
    assert operator.set_task().success
    assert driver.mode == 7
    operator.ask(x=X + 0.03)
    operator.wait_state(ArmStatus.HOLDING)
    (motion,) = driver.motions
    assert motion.service == "set_position"
    assert motion.request.pose[0] == pytest.approx(430.0, abs=1e-3)
    assert 0 < motion.request.speed <= 150.0 + 1e-3
    assert not motion.request.wait


@pytest.mark.parametrize(("rate", "line"), [(5.0, "report_type:=dev"), (None, "is the xArm driver running")])
def test_no_or_slow_driver_is_refused_in_one_line(
    ros_domain: int, spawn: Callable[..., NodeProcess], client: Client, latched: object, rate: float | None, line: str
) -> None:
    fake = FakeXArm(ros_domain, rate) if rate else None
    process = spawn("vital_ros.nodes.arm_gate", "--ros-args", "-p", "driver_timeout:=5.0")
    assert not client.change_state("arm_gate", "configure")
    fault = client.wait_for_message(String, "/arm_gate/fault", lambda m: bool(m.data), latched)
    assert line in fault.data
    assert client.state("arm_gate") == "unconfigured"
    assert "Traceback" not in process.output
    if fake:
        fake.close()


def test_arm_in_error_is_refused_until_recovered(driver: FakeXArm, gate: NodeProcess, client: Client) -> None:
    driver.error = 2
    assert client.change_state("arm_gate", "configure")
    assert not client.change_state("arm_gate", "activate")
    gate.wait_for_log(r"error 2 .*/arm/recover")
    assert driver.requests("motion_enable") == []
    assert client.call(Trigger, "/arm/recover").success
    assert client.change_state("arm_gate", "activate")


@pytest.mark.parametrize(
    ("parameter", "line"),
    [("bakend:=servo", "did you mean 'backend'"), ("backend:=mode9", "one of"), ("config_dir:=7", "of type str")],
)
def test_bad_parameters(spawn: Callable[..., NodeProcess], parameter: str, line: str) -> None:
    process = spawn("vital_ros.nodes.arm_gate", "--ros-args", "-p", parameter)
    assert process.wait() == 2
    assert line in process.output
    assert "Traceback" not in process.output


def test_time_of_stop_is_in_the_status(driver: FakeXArm, operator: Operator) -> None:
    before = time.time()
    operator.trigger("/arm/stop")
    status = operator.wait_stopped("operator")
    assert before - 1 < status.header.stamp.sec + status.header.stamp.nanosec * 1e-9 < time.time() + 1
