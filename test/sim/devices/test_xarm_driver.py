"""The emulated controller, on an arm that is wherever it is commanded."""

import threading

import numpy as np
import pytest

from vital_ros.geometry import Pose
from vital_ros.sim.devices import XArmDriver
from vital_ros.sim.devices.xarm_driver import (
    CHANGED,
    COLLISION,
    EMERGENCY_STOP,
    NOT_ENABLED,
    NOT_READY,
    OK,
    ONLINE,
    OVERSPEED,
    PARAMETER_ERROR,
    PAUSED,
    POSITION,
    RUNNING,
    SERVO,
    SLEEPING,
    STOPPED,
    UNCLEARED_ERROR,
    WAIT_TIMEOUT,
)

PERIOD = 0.004
START = Pose((0.4, 0.05, 0.3), (1, 0, 0, 0))
HERE = [400.0, 50.0, 300.0, np.pi, 0.0, 0.0]


class PerfectArm:
    def __init__(self):
        self.pose, self.opening, self.force = START, 0.1, 0.0

    def command(self, pose, opening=None):
        self._command, self.opening = pose, opening

    def tick(self):
        self.pose = self._command

    def tcp_pose(self):
        return self.pose

    def joint_positions(self):
        return np.arange(7.0)

    def contact_force(self):
        return self.force


@pytest.fixture
def arm():
    return PerfectArm()


@pytest.fixture
def driver(arm):
    return XArmDriver(arm, PERIOD, collision_force=40.0)


def ready(driver, mode):
    assert driver.motion_enable(8, 1) == OK
    assert driver.set_mode(mode) == OK
    assert driver.set_state(0) == OK
    return driver


def ticks(driver, count):
    for _ in range(count):
        driver.tick()


def shifted(dx=0.0, dy=0.0, dz=0.0):
    return [400.0 + dx, 50.0 + dy, 300.0 + dz, np.pi, 0.0, 0.0]


# --- states and modes ---


def test_wakes_up_stopped_and_disabled(driver):
    report = driver.report()
    assert (report.mode, report.state, report.err, report.mt_able, report.mt_brake) == (0, STOPPED, 0, 0, 127)
    assert driver.set_servo_cartesian(HERE) == NOT_ENABLED
    assert driver.set_state(0) == NOT_ENABLED


def test_start_sequence(driver):
    driver.motion_enable(8, 1)
    driver.set_mode(SERVO)
    assert driver.report().state == CHANGED
    assert driver.set_servo_cartesian(HERE) == NOT_READY
    driver.set_state(0)
    report = driver.report()
    assert (report.mode, report.state, report.mt_able) == (SERVO, SLEEPING, 127)


@pytest.mark.parametrize(("mode", "servo", "position"), [(0, NOT_READY, OK), (1, OK, NOT_READY), (7, NOT_READY, OK)])
def test_commands_need_their_mode(driver, mode, servo, position):
    ready(driver, mode)
    assert driver.set_servo_cartesian(shifted(1)) == servo
    assert driver.set_position(shifted(1)) == position


def test_setting_a_mode_stops_the_arm(driver, arm):
    ready(driver, ONLINE)
    driver.set_position(shifted(100), speed=100)
    ticks(driver, 50)
    driver.set_mode(ONLINE)
    before = arm.pose
    ticks(driver, 50)
    assert arm.pose is not START and arm.pose.allclose(before)
    assert driver.set_position(shifted(100)) == NOT_READY


@pytest.mark.parametrize("state", [STOPPED, 6])
def test_stop_drops_all_motion(driver, arm, state):
    ready(driver, POSITION)
    driver.set_position(shifted(100), speed=200)
    driver.set_position(shifted(0), speed=200)
    ticks(driver, 50)
    assert driver.report().cmdnum == 2
    driver.set_state(state)
    ticks(driver, 200)
    stopped_at = arm.pose
    report = driver.report()
    assert (report.state, report.cmdnum) == (STOPPED, 0)
    assert driver.set_position(HERE) == NOT_READY
    driver.set_state(0)
    ticks(driver, 50)
    assert arm.pose.allclose(stopped_at)


def test_pause_holds_and_resumes(driver, arm):
    ready(driver, POSITION)
    driver.set_position(shifted(40), speed=100)
    ticks(driver, 50)
    driver.set_state(PAUSED)
    ticks(driver, 50)
    held = arm.pose
    ticks(driver, 50)
    assert arm.pose.allclose(held) and driver.report().state == PAUSED
    driver.set_state(0)
    ticks(driver, 300)
    assert arm.pose.position[0] == pytest.approx(0.44)


@pytest.mark.parametrize(
    "call",
    [
        lambda d: d.set_servo_cartesian([1.0] * 5),
        lambda d: d.set_servo_cartesian([np.nan] * 6),
        lambda d: d.set_mode(99),
        lambda d: d.set_state(1),
        lambda d: d.motion_enable(3, 1),
        lambda d: d.set_collision_sensitivity(6),
        lambda d: d.set_gripper_speed(0),
        lambda d: d.set_gripper_position(np.nan),
    ],
)
def test_bad_parameters_are_refused(driver, call):
    ready(driver, SERVO)
    assert call(driver) == PARAMETER_ERROR


# --- servo mode ---


def test_servo_executes_only_the_newest_target_and_does_not_interpolate(driver, arm):
    ready(driver, SERVO)
    driver.set_servo_cartesian(shifted(2))
    driver.set_servo_cartesian(shifted(5))
    driver.tick()
    assert arm.pose.position[0] == pytest.approx(0.405)
    assert driver.report().state == RUNNING
    driver.tick()
    assert arm.pose.position[0] == pytest.approx(0.405)
    assert driver.report().state == SLEEPING


def test_axis_angle_and_rpy_mean_the_same_pose(driver, arm):
    ready(driver, SERVO)
    rotation = START.rotation * Pose.from_rotvec((0, 0, 0), (0.02, -0.03, 0.01)).rotation
    for axis_angle, turn in ((True, rotation.as_rotvec()), (False, rotation.as_euler("xyz"))):
        driver.set_servo_cartesian([400, 50, 300, *turn], axis_angle=axis_angle)
        driver.tick()
        assert arm.pose.allclose(Pose.from_rotation(START.position, rotation))


def test_relative_and_tool_targets(driver, arm):
    ready(driver, SERVO)
    driver.set_servo_cartesian([1, 0, 2, 0, 0, 0], relative=True)
    driver.tick()
    np.testing.assert_allclose(arm.pose.position, [0.401, 0.05, 0.302])
    driver.set_servo_cartesian([0, 0, 2, 0, 0, 0], tool=True)  # the tool points down
    driver.tick()
    np.testing.assert_allclose(arm.pose.position, [0.401, 0.05, 0.300])


@pytest.mark.parametrize("target", [shifted(11), [400, 50, 300, np.pi - 0.2, 0, 0]])
def test_far_servo_target_is_an_overspeed_error(driver, arm, target):
    ready(driver, SERVO)
    assert driver.set_servo_cartesian(target) == OK
    driver.tick()
    report = driver.report()
    assert (report.err, report.mode, report.state) == (OVERSPEED, 0, STOPPED)
    assert arm.pose.allclose(START)
    assert driver.set_servo_cartesian(HERE) == UNCLEARED_ERROR


# --- position and online mode ---


def test_position_mode_queues(driver, arm):
    ready(driver, POSITION)
    driver.set_position(shifted(20), speed=100)
    driver.set_position(shifted(20, 20), speed=100)
    corner = []
    for _ in range(400):
        driver.tick()
        corner.append(arm.pose.position.copy())
    assert driver.report().cmdnum == 0 and driver.report().state == SLEEPING
    np.testing.assert_allclose(arm.pose.position, [0.42, 0.07, 0.3])
    assert np.min(np.linalg.norm(np.array(corner) - [0.42, 0.05, 0.3], axis=1)) < 1e-9


def test_online_mode_replaces_the_target(driver, arm):
    ready(driver, ONLINE)
    driver.set_position(shifted(100), speed=100)
    ticks(driver, 50)
    driver.set_position(shifted(0, 30), speed=100)
    ticks(driver, 500)
    np.testing.assert_allclose(arm.pose.position, [0.4, 0.08, 0.3])


def test_waiting_is_released_by_arrival_stop_and_timeout(driver):
    ready(driver, POSITION)
    driver.set_position(shifted(20), speed=100)
    assert driver.wait_until_idle(0.01) == WAIT_TIMEOUT
    result = []
    waiter = threading.Thread(target=lambda: result.append(driver.wait_until_idle(-1)))
    waiter.start()
    ticks(driver, 200)
    waiter.join(30)
    assert result == [OK]


# --- errors ---


def recover(driver, mode):
    assert driver.clean_error() == OK
    return ready(driver, mode)


def test_lasting_force_is_a_collision_and_only_cleaning_helps(driver, arm):
    ready(driver, SERVO)
    arm.force = 41.0
    ticks(driver, 5)
    arm.force = 0.0
    ticks(driver, 5)
    assert driver.report().err == 0
    arm.force = 41.0
    ticks(driver, 10)
    report = driver.report()
    assert (report.err, report.mode, report.state) == (COLLISION, 0, STOPPED)
    assert driver.set_mode(SERVO) == UNCLEARED_ERROR and driver.set_state(0) == UNCLEARED_ERROR
    arm.force = 0.0
    recover(driver, SERVO)
    assert driver.set_servo_cartesian(shifted(1)) == OK


@pytest.mark.parametrize(("level", "force", "trips"), [(0, 1e4, False), (1, 79, False), (3, 41, True), (5, 21, True)])
def test_sensitivity(driver, arm, level, force, trips):
    ready(driver, SERVO)
    driver.set_collision_sensitivity(level)
    arm.force = force
    ticks(driver, 20)
    assert bool(driver.report().err) == trips


def test_emergency_stop_needs_release_clean_and_enable(driver):
    ready(driver, SERVO)
    driver.emergency_stop(True)
    report = driver.report()
    assert (report.err, report.mode, report.state, report.mt_able) == (EMERGENCY_STOP, 0, STOPPED, 0)
    driver.clean_error()
    assert driver.report().err == EMERGENCY_STOP and driver.motion_enable(8, 1) == UNCLEARED_ERROR
    driver.emergency_stop(False)
    assert driver.report().err == EMERGENCY_STOP
    driver.clean_error()
    driver.set_mode(SERVO)
    assert driver.set_state(0) == NOT_ENABLED
    ready(driver, SERVO)
    assert driver.set_servo_cartesian(HERE) == OK


def test_injected_error_holds_the_arm(driver, arm):
    ready(driver, ONLINE)
    driver.set_position(shifted(100), speed=100)
    ticks(driver, 50)
    driver.fail(23)
    held = arm.pose
    ticks(driver, 50)
    assert driver.report().err == 23 and arm.pose.allclose(held)


# --- gripper and report ---


def test_gripper_moves_at_finite_speed(driver, arm):
    ready(driver, SERVO)
    driver.set_gripper_speed(500)
    driver.set_gripper_position(850)
    ticks(driver, 25)
    assert driver.gripper_pulses == pytest.approx(85 + 50)
    ticks(driver, 1000)
    assert arm.opening == 1.0
    driver.fail(COLLISION)
    assert driver.set_gripper_position(0) == UNCLEARED_ERROR


def test_report_is_in_millimetres_and_rpy(driver):
    report = driver.report()
    np.testing.assert_allclose(np.abs(report.pose), np.abs(HERE), atol=1e-9)
    assert report.offset == (0, 0, 172, 0, 0, 0) and len(report.angle) == 7


def test_reseating_forgets_where_the_arm_was(driver, arm):
    ready(driver, SERVO)
    arm.pose = Pose((0.5, 0.0, 0.4), (1, 0, 0, 0))
    driver.reseat()
    driver.tick()
    np.testing.assert_allclose(arm.pose.position, [0.5, 0.0, 0.4])
    assert driver.set_servo_cartesian([501, 0, 400, np.pi, 0, 0]) == OK
    driver.tick()
    assert driver.report().err == 0
