import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_ros.arm.limits import Box, Limits, clamp_step, clamp_tilt, tilt
from vital_ros.config.task import Workspace
from vital_ros.geometry import Pose

from .conftest import START, TARGET, arm_config, moved, task_config, turned

unit = st.floats(-1, 1)
rotvecs = st.tuples(unit, unit, unit).map(np.array)


def test_box_clamps_in_its_own_frame() -> None:
    box = Box(Workspace(min=(-1, -1, 0), max=(1, 1, 1)), Pose.from_rotvec((5, 0, 0), (0, 0, math.pi / 4)))
    assert box.excess(np.array((5.0, 1.2, 0.5))) == 0.0
    assert box.excess(np.array((5.0, 1.5, 0.5))) > 0.05
    np.testing.assert_allclose(box.clamp(np.array((5.0, 0.0, 3.0))), (5, 0, 1), atol=1e-12)


@given(rotvecs)
def test_tilt_is_the_angle_between_tool_axis_and_down(rotvec: np.ndarray) -> None:
    pose = Pose.from_rotvec((0, 0, 0), 3 * rotvec)
    axis = pose.rotation.apply((0, 0, 1))
    assert math.cos(tilt(pose)) == pytest.approx(-axis[2], abs=1e-9)


@given(rotvecs, st.floats(0.01, 1.5))
def test_clamped_tilt_lies_on_the_cone_and_turns_as_little_as_possible(rotvec: np.ndarray, limit: float) -> None:
    pose = turned(START, 3 * rotvec)
    clamped = clamp_tilt(pose, limit)
    assert tilt(clamped) <= limit + 1e-6
    assert pose.distance(clamped)[1] == pytest.approx(max(tilt(pose) - limit, 0.0), abs=1e-6)
    np.testing.assert_array_equal(clamped.position, pose.position)


@given(rotvecs, rotvecs)
def test_clamped_step_is_as_long_as_the_cap_and_points_the_same_way(shift: np.ndarray, rotvec: np.ndarray) -> None:
    goal = turned(moved(START, *shift), rotvec)
    clamped = clamp_step(START, goal, 0.01, 0.1)
    distance, angle = START.distance(clamped)
    far, wide = START.distance(goal)
    assert distance == pytest.approx(min(0.01, far), abs=1e-9)
    assert angle == pytest.approx(min(0.1, wide), abs=1e-6)
    assert np.linalg.norm(np.cross(clamped.position - START.position, shift)) < 1e-9


@settings(max_examples=50)
@given(st.floats(-3, 3), rotvecs, rotvecs)
def test_bound_goal_satisfies_every_limit(yaw: float, shift: np.ndarray, rotvec: np.ndarray) -> None:
    """Also with a fixture turned against the base, near the edge of the arm's box."""
    target = Pose.from_rotvec((0.58, 0.0, 0.1), (0, 0, yaw))
    limits = Limits(arm_config(), task_config(), target)
    start = moved(START, x=0.17)
    goal, changed = limits.bound(start, turned(moved(start, *(0.1 * shift)), 0.3 * rotvec))
    assert limits.excess(goal, with_task=True) < 1e-6
    assert start.distance(goal)[0] <= 0.012 + 1e-9
    assert start.distance(goal)[1] <= 0.10 + 1e-9
    assert set(changed) <= {"workspace", "tilt", "step"}


def test_bound_leaves_a_good_goal_alone() -> None:
    goal = turned(moved(START, x=0.005), (0, 0, 0.05))
    bounded, changed = Limits(arm_config(), task_config(), TARGET).bound(START, goal)
    assert bounded is goal
    assert changed == []


def test_task_that_ends_outside_the_arms_box_is_refused() -> None:
    with pytest.raises(ValueError, match=r"key_lock.* outside arm.workspace"):
        Limits(arm_config(), task_config(), Pose((0.8, 0, 0.1)))
