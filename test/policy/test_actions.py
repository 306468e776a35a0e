from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vital_ros.geometry import Pose
from vital_ros.policy import ActionSpec, apply_delta, delta

DOWN = Pose(quaternion=[1, 0, 0, 0])
number = st.floats(-1, 1)
poses = st.tuples(*[number] * 3, *[st.floats(-2, 2)] * 3).map(lambda v: Pose.from_rotvec(v[:3], v[3:]))


@given(poses, poses, st.sampled_from(["tool", "base"]))
def test_applying_the_delta_gives_the_end(start, end, frame):
    assert apply_delta(start, delta(start, end, frame), frame).allclose(end, atol=1e-6)


@given(poses, st.tuples(*[st.floats(-0.1, 0.1)] * 6), st.sampled_from(["tool", "base"]))
def test_the_delta_of_an_applied_motion_is_the_motion(start, motion, frame):
    np.testing.assert_allclose(delta(start, apply_delta(start, motion, frame), frame), motion, atol=1e-7)


def test_the_tool_pointing_down_sinks_along_its_own_z():
    lower = Pose([0, 0, -0.01], DOWN.quaternion)
    np.testing.assert_allclose(delta(DOWN, lower, "tool"), [0, 0, 0.01, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(delta(DOWN, lower, "base"), [0, 0, -0.01, 0, 0, 0], atol=1e-12)


@pytest.mark.parametrize(("frame", "arrives"), [("tool", True), ("base", False)])
def test_a_policy_learned_at_one_target_serves_a_turned_one_only_in_the_tool_frame(frame, arrives):
    """B1: the motions demonstrated at one target, replayed at a target turned by 90 degrees about the vertical."""
    demonstration = [
        Pose.from_rotation(
            [0.03 * (1 - s), 0.01 * (1 - s), 0.1 * (1 - s)], DOWN.rotation * Rotation.from_euler("z", 0.3 * s)
        )
        for s in np.linspace(0, 1, 12)
    ]
    motions = [delta(a, b, frame) for a, b in pairwise(demonstration)]
    target = Pose.from_rotvec([0.4, 0.2, 0.05], [0, 0, np.pi / 2])
    pose = target @ demonstration[0]
    for motion in motions:
        pose = apply_delta(pose, motion, frame)
    assert pose.allclose(target @ demonstration[-1], atol=1e-6) == arrives


SPEC = ActionSpec(translation_scale=0.012, rotation_scale=0.1)


@given(st.lists(st.tuples(*[number] * 7), min_size=1, max_size=10))
def test_normalising_inverts_denormalising(units):
    physical = SPEC.denormalise(units)
    assert np.all((physical[:, 6] >= 0) & (physical[:, 6] <= 1))
    np.testing.assert_allclose(SPEC.normalise(physical), units, atol=1e-9)


def test_the_scaling_is_symmetric():
    np.testing.assert_array_equal(SPEC.denormalise(np.zeros(7)), [0, 0, 0, 0, 0, 0, 0.5])
    np.testing.assert_allclose(SPEC.denormalise(np.ones(7)), [0.012] * 3 + [0.1] * 3 + [1])
    np.testing.assert_allclose(SPEC.denormalise(-np.ones(7)), [-0.012] * 3 + [-0.1] * 3 + [0])


@pytest.mark.parametrize("bad", [[0.013, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1.1], [0, 0, np.nan, 0, 0, 0, 0]])
def test_what_a_tanh_cannot_say_is_refused(bad):
    with pytest.raises(ValueError, match="outside the action scale"):
        SPEC.normalise([[0, 0, 0, 0, 0, 0, 0], bad])


def test_axes_that_are_held_still_are_neither_learned_nor_turned():
    spec = ActionSpec(translation_scale=0.01, rotation_scale=0.1, still=(3, 5))
    action = np.array([0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 1.0])
    units = spec.normalise(action)
    assert units[3] == units[5] == 0 and units[4] == pytest.approx(0.05)
    assert spec.denormalise(np.ones(7)) == pytest.approx([0.01, 0.01, 0.01, 0, 0.1, 0, 1.0])


UNIT = ActionSpec(
    translation_scale=0.02, rotation_scale=0.1, translation_range=((-0.01, 0.0, -0.02), (0.01, 0.004, 0.0))
)


def test_the_release_s_scaling_uses_half_of_the_range():
    """B4, as a switch: [0, 1] between the extremes of the data, rotations and the gripper as they are."""
    np.testing.assert_allclose(
        UNIT.normalise([-0.01, 0, -0.02, 0.3, -0.3, 0, 0]), [0, 0, 0, 0.3, -0.3, 0, 0], atol=1e-12
    )
    np.testing.assert_allclose(UNIT.normalise([0.01, 0.004, 0, 0, 0, 0, 1]), [1, 1, 1, 0, 0, 0, 1], atol=1e-12)


@given(st.tuples(*[number] * 7))
def test_the_release_s_scaling_is_inverted_too(units):
    np.testing.assert_allclose(UNIT.normalise(UNIT.denormalise(units)), units, atol=1e-9)


@given(st.tuples(*[st.floats(-3, 3)] * 7), st.sampled_from([SPEC, UNIT]))
def test_what_is_accepted_lies_within_the_head_s_range(units, spec):
    """B6: no target outside [-1, 1] reaches a loss."""
    try:
        targets = spec.normalise(spec.denormalise(units))
    except ValueError:
        assert np.abs(units).max() > 1
    else:
        assert np.abs(targets).max() <= 1
