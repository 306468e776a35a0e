import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.config.task import StepCap
from vital_ros.geometry import Pose
from vital_ros.teleop import Command, Steering

CAP = StepCap(translation=0.012, rotation=0.10)
HERE = Pose((0.45, 0.0, 0.15), (1, 0, 0, 0))


def test_nothing_asked_for_is_where_it_was_asked_to_be():
    steering = Steering(CAP, 0.0)
    first, opening = steering.step(Command(move=(0.004, 0, 0)), HERE)
    sagged = Pose(HERE.position + np.array([0.0035, 0, -0.001]), HERE.quaternion)
    again, _ = steering.step(Command(), sagged)
    assert again.allclose(first) and opening == 0.0


def test_pressing_against_a_wall_leads_by_no_more_than_a_step():
    steering = Steering(CAP, 0.0)
    for _ in range(20):
        pose, _ = steering.step(Command(move=(0, 0, -0.01)), HERE)
    assert np.linalg.norm(pose.position - HERE.position) <= 2 * CAP.translation + 1e-9


@given(st.tuples(*[st.floats(-1, 1)] * 3), st.floats(-3, 3))
def test_no_step_exceeds_the_cap(move, turn):
    pose, _ = Steering(CAP, 0.0).step(Command(move=move, turn=turn), HERE)
    metres, radians = HERE.distance(pose)
    assert metres <= CAP.translation + 1e-9 and radians <= CAP.rotation + 1e-6


def test_a_turn_is_about_the_vertical():
    pose, _ = Steering(CAP, 0.0).step(Command(turn=0.05), HERE)
    np.testing.assert_allclose((pose.rotation * HERE.rotation.inv()).as_rotvec(), (0, 0, 0.05), atol=1e-9)
    np.testing.assert_allclose(pose.position, HERE.position)


@pytest.mark.parametrize(("opening", "then"), [(0.0, 1.0), (1.0, 0.0)])
def test_the_gripper_is_told_to_open_or_close(opening, then):
    steering = Steering(CAP, opening)
    assert steering.step(Command(toggle=True), HERE)[1] == then
    assert steering.step(Command(), HERE)[1] == then
