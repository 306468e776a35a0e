import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.arm import xarm
from vital_ros.geometry import Pose

small = st.floats(-1, 1)
poses = st.builds(lambda p, r: Pose.from_rotvec(p, 3 * np.array(r)), st.tuples(*[small] * 3), st.tuples(*[small] * 3))


@given(poses)
def test_rpy_round_trip(pose: Pose) -> None:
    values = xarm.to_rpy(pose)
    assert xarm.from_rpy(values).allclose(pose, 1e-6)
    np.testing.assert_allclose(values[:3], 1e3 * pose.position)


@given(poses)
def test_axis_angle_is_millimetres_and_the_rotation_vector(pose: Pose) -> None:
    values = np.array(xarm.to_axis_angle(pose))
    assert Pose.from_rotvec(values[:3] / 1e3, values[3:]).allclose(pose, 1e-6)


def test_rpy_is_about_fixed_axes() -> None:
    down = xarm.from_rpy((300.0, 0.0, 250.0, math.pi, 0.0, math.pi / 2))
    np.testing.assert_allclose(down.apply((0, 0, 1)) - down.position, (0, 0, -1), atol=1e-12)
    np.testing.assert_allclose(down.apply((1, 0, 0)) - down.position, (0, 1, 0), atol=1e-12)


@pytest.mark.parametrize("offset", [(0, 0, 172, 0, 0, 0), (0, 0, 0, 0, 0, 0), (10, 0, 200, 0, 0.3, 0)])
def test_link_tcp_is_found_whatever_offset_the_controller_has(offset: tuple) -> None:
    flange = Pose.from_rotvec((0.3, 0.1, 0.5), (3.0, 0.2, 0.1))
    reported = flange @ xarm.from_rpy(offset)
    assert (reported @ xarm.controller_tcp(offset)).allclose(flange @ xarm.LINK_TCP, 1e-7)


def test_gripper() -> None:
    assert xarm.to_pulses(1.0) == 850.0
    assert xarm.opening_from_joint(0.0) == 1.0
    assert xarm.opening_from_joint(0.85) == 0.0
    assert xarm.opening_from_joint(0.86) == 0.0


def test_errors_have_texts() -> None:
    assert xarm.describe_error(31) == "31 (collision: abnormal joint current)"
    assert xarm.describe_error(14) == "14 (servo of joint 4)"
    assert xarm.describe_error(999) == "999 (see the xArm manual)"
    assert xarm.describe_return(9) == "9 (not ready to move)"
