import pytest

from vital_ros.arm import backends, xarm
from vital_ros.arm.interpolation import Segment
from vital_ros.arm.signals import Output
from vital_ros.geometry import Pose

from .conftest import START, arm_config, moved

SEGMENT = Segment(START, moved(START, z=-0.03), 0.5)


def test_servo_sends_every_ticks_pose() -> None:
    request = backends.ServoBackend().request(Output(pose=START), Pose())
    assert request == {"pose": xarm.to_axis_angle(START)}
    assert backends.ServoBackend().request(Output(), Pose()) is None


def test_online_sends_each_motion_once_with_a_bounded_speed() -> None:
    backend = backends.OnlineBackend()
    request = backend.request(Output(pose=START, segment=SEGMENT), Pose())
    assert request is not None
    assert request["pose"] == xarm.to_rpy(SEGMENT.goal)
    assert request["speed"] == pytest.approx(15 / 8 * 60.0)
    assert request["wait"] is False
    assert backend.request(Output(pose=START), Pose()) is None


def test_online_turns_in_place_with_some_speed() -> None:
    turn = Segment(START, START @ Pose.from_rotvec((0, 0, 0), (0, 0, 0.1)), 0.5)
    request = backends.OnlineBackend().request(Output(pose=START, segment=turn), Pose())
    assert request is not None
    assert request["speed"] > 0


def test_poses_are_those_of_the_controllers_own_tool_frame() -> None:
    tcp = xarm.controller_tcp((0.0,) * 6)  # no offset set: the controller moves the flange
    request = backends.ServoBackend().request(Output(pose=START), tcp.inverse())
    assert request is not None
    assert request["pose"][2] == pytest.approx((START.position[2] + 0.172) * 1e3)


@pytest.mark.parametrize("mode", [1, 7])
def test_set_mode_is_always_followed_by_set_state(mode: int) -> None:
    calls = backends.ready_calls(arm_config(), mode)
    names = [call.service for call in calls]
    assert names[0] == "motion_enable"
    assert names[-2:] == ["set_mode", "set_state"]
    assert calls[-2].fields == {"data": mode}
    assert calls[-1].fields == {"data": 0}
    assert {c.service: c.fields for c in calls}["set_tcp_load"]["center_of_gravity"][2] == pytest.approx(48.0)


def test_nothing_but_the_operators_wish_clears_errors() -> None:
    assert not any(call.service.startswith("clean") for call in backends.ready_calls(arm_config(), 1))
    assert [call.service for call in backends.clear_calls()] == ["motion_enable", "clean_error", "clean_warn"]


def test_gripper_never_waits() -> None:
    assert backends.gripper_call(0.5).fields == {"pos": 425.0, "wait": False}
