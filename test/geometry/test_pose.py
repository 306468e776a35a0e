"""Group axioms of Pose, and its refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.geometry import Pose

number = st.floats(-2, 2, allow_nan=False)


@st.composite
def poses(draw):
    axis = np.array([draw(number), draw(number), draw(number)])
    return Pose.from_rotvec([draw(number), draw(number), draw(number)], axis)


@given(poses(), poses(), poses())
def test_composition_is_associative(a, b, c):
    assert ((a @ b) @ c).allclose(a @ (b @ c), atol=1e-9)


@given(poses())
def test_inverse_gives_identity_from_both_sides(a):
    assert (a @ a.inverse()).allclose(Pose(), atol=1e-9)
    assert (a.inverse() @ a).allclose(Pose(), atol=1e-9)


@given(poses(), poses())
def test_pose_agrees_with_its_matrix(a, b):
    np.testing.assert_allclose((a @ b).matrix, a.matrix @ b.matrix, atol=1e-9)
    assert Pose.from_matrix(a.matrix).allclose(a, atol=1e-9)


@given(poses(), st.lists(st.tuples(number, number, number), min_size=1, max_size=5))
def test_apply_agrees_with_composition(a, points):
    expected = [(a @ Pose(p)).position for p in points]
    np.testing.assert_allclose(a.apply(points), expected, atol=1e-9)


@given(poses())
def test_opposite_quaternions_are_one_pose(a):
    positive, negative = Pose(a.position, a.quaternion), Pose(a.position, -a.quaternion)
    np.testing.assert_array_equal(positive.quaternion, negative.quaternion)


def test_distance_near_pi_does_not_flip():
    down, almost = Pose(quaternion=[1, 0, 0, 0]), Pose.from_rotvec([0, 0, 0.01], [np.pi - 0.01, 0, 0])
    translation, angle = down.distance(almost)
    assert translation == pytest.approx(0.01)
    assert angle == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("position", "quaternion"),
    [([0, 0], [0, 0, 0, 1]), ([0, 0, np.nan], [0, 0, 0, 1]), ([0, 0, 0], [0, 0, 0, 0]), ([0, 0, 0], [0, 0, 0, np.inf])],
)
def test_refuses_what_is_no_pose(position, quaternion):
    with pytest.raises(ValueError, match="pose"):
        Pose(position, quaternion)


def test_is_immutable():
    pose = Pose([1, 2, 3])
    with pytest.raises(ValueError, match="read-only"):
        pose.position[0] = 5
