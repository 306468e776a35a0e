import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.config import load_config
from vital_ros.execution.plan import CLEARANCE, approach, start_pose, target_frame
from vital_ros.geometry import Pose

TASK = load_config().task("key_lock")
TARGET = Pose.from_rotvec((0.45, 0.1, 0.05), (0, 0, 0.4))


@given(st.integers(0, 2**31))
def test_start_poses_fill_the_box_around_the_turned_target(seed):
    local = TARGET.inverse() @ start_pose(TASK, TARGET, seed)
    assert np.all(np.abs(local.position - TASK.start_box.center) <= np.array(TASK.start_box.size) / 2 + 1e-12)
    np.testing.assert_allclose(local.rotation.apply([0, 0, 1]), [0, 0, -1], atol=1e-9)


def test_the_same_seed_gives_the_same_start_and_a_negative_one_does_not():
    assert start_pose(TASK, TARGET, 7).allclose(start_pose(TASK, TARGET, 7))
    assert not start_pose(TASK, TARGET, -1).allclose(start_pose(TASK, TARGET, -1))


def test_the_target_frame_is_turned_and_offset_along_its_own_axes():
    task = TASK.model_copy(update={"target_offset": (0.01, 0.0, -0.02), "target_yaw": np.pi / 2})
    frame = target_frame(task, [0.4, 0.1, 0.05])
    np.testing.assert_allclose(frame.position, [0.4, 0.11, 0.03])
    np.testing.assert_allclose(frame.apply([1, 0, 0]) - frame.position, [0, 1, 0], atol=1e-12)


@pytest.mark.parametrize("height", [0.06, 0.15, 0.4])
def test_the_way_is_straight_up_then_sideways_then_down(height):
    measured = Pose.from_rotvec((0.38, -0.05, height), (3.1, 0, 0))
    start = start_pose(TASK, TARGET, 1)
    up, above, end = approach(measured, start, ceiling=0.6)
    np.testing.assert_allclose(up.position[:2], measured.position[:2])
    np.testing.assert_array_equal(up.quaternion, measured.quaternion)
    np.testing.assert_allclose(above.position[:2], start.position[:2])
    assert up.position[2] == above.position[2] >= start.position[2] + CLEARANCE
    assert up.position[2] >= measured.position[2] and end is start


def test_the_way_stays_below_the_ceiling():
    start = start_pose(TASK, TARGET, 1)
    assert approach(Pose((0.4, 0, 0.1), (1, 0, 0, 0)), start, ceiling=0.16)[0].position[2] == 0.16
