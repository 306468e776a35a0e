import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.geometry import Pose
from vital_ros.nodes import conversions as c

numbers = st.floats(-10, 10)


@given(st.tuples(numbers, numbers, numbers), st.tuples(*[st.floats(0.1, 1)] * 4))
def test_pose_round_trip(position: tuple, quaternion: tuple) -> None:
    pose = Pose(position, quaternion)
    assert c.pose_from_msg(c.pose_to_msg(pose)).allclose(pose)


def test_bad_pose_is_refused() -> None:
    message = c.pose_to_msg(Pose())
    message.position.x = math.nan
    with pytest.raises(ValueError, match="not a pose"):
        c.pose_from_msg(message)


@given(st.integers(0, 2**31 * 10**9 - 1))
def test_nanoseconds_round_trip(ns: int) -> None:
    assert c.nanoseconds(c.stamp_from_nanoseconds(ns)) == ns


@given(st.floats(0, 2e9))
def test_seconds_round_trip(t: float) -> None:
    assert c.seconds(c.stamp_from_seconds(t)) == pytest.approx(t, abs=1e-6)
