from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Slerp

from vital_ros.arm.interpolation import PEAK, Caps, Segment, min_jerk, shortest_duration
from vital_ros.geometry import Pose

CAPS = Caps(speed=0.2, angular_speed=0.9, acceleration=3.0, angular_acceleration=12.0)

numbers = st.floats(-1, 1)
poses = st.builds(
    lambda p, r: Pose.from_rotvec(p, np.array(r) * 3), st.tuples(numbers, numbers, numbers), st.tuples(*[numbers] * 3)
)


def test_min_jerk_starts_and_ends_at_rest() -> None:
    h = 1e-4
    assert min_jerk(0.0) == 0.0
    assert min_jerk(1.0) == pytest.approx(1.0)
    assert min_jerk(0.5) == pytest.approx(0.5)
    assert min_jerk(h) < 1e-10
    assert 1.0 - min_jerk(1 - h) < 1e-10


def test_peak_speed_of_min_jerk() -> None:
    s = np.linspace(0, 1, 10001)
    speeds = np.diff([min_jerk(x) for x in s]) / np.diff(s)
    assert speeds.max() == pytest.approx(PEAK["min_jerk"], rel=1e-6)


@settings(deadline=None)
@given(poses, poses, st.floats(0, 1), st.sampled_from(["min_jerk", "linear"]))
def test_segment_is_straight_line_and_slerp(start: Pose, goal: Pose, s: float, profile) -> None:  # type: ignore[no-untyped-def]
    segment = Segment(start, goal, 2.0, profile)
    progress = min_jerk(s) if profile == "min_jerk" else s
    pose = segment.at(2.0 * s)
    np.testing.assert_allclose(pose.position, start.position + progress * (goal.position - start.position), atol=1e-9)
    both = type(start.rotation).concatenate([start.rotation, goal.rotation])
    expected = Slerp([0, 1], both)(progress)
    if segment.angle < 3.0:  # near half a turn the shortest way is not unique
        assert (pose.rotation.inv() * expected).magnitude() < 1e-6


@settings(deadline=None)
@given(poses, poses)
def test_segment_ends_at_its_goal(start: Pose, goal: Pose) -> None:
    segment = Segment(start, goal, 0.5)
    assert segment.at(0.0).allclose(start, 1e-7)
    assert segment.at(0.5) is goal
    assert segment.at(9.0) is goal


def test_downward_tool_does_not_swing_where_the_rotation_vector_flips() -> None:
    """B28: rotation vectors near pi flip their sign; interpolating their components swings the tool around."""
    down = Pose((0, 0, 0), (1, 0, 0, 0))
    start, goal = down @ Pose.from_rotvec((0, 0, 0), (0.02, 0, 0)), down @ Pose.from_rotvec((0, 0, 0), (-0.02, 0, 0))
    assert start.rotvec @ goal.rotvec < 0
    for s in np.linspace(0, 1, 21):
        assert down.distance(Segment(start, goal, 1.0).at(s))[1] <= 0.02 + 1e-9


@settings(deadline=None)
@given(poses, poses, st.sampled_from(["min_jerk", "linear"]))
def test_shortest_duration_keeps_the_peak_within_the_speeds(start: Pose, goal: Pose, profile) -> None:  # type: ignore[no-untyped-def]
    duration = shortest_duration(start, goal, CAPS, profile)
    if duration < 1e-3:
        return
    segment = Segment(start, goal, duration, profile)
    steps = [segment.at(t) for t in np.linspace(0, duration, 200)]
    for a, b in pairwise(steps):
        distance, angle = a.distance(b)
        assert distance <= 0.2 * duration / 199 + 1e-9
        assert angle <= 0.9 * duration / 199 + 1e-6


@settings(deadline=None)
@given(poses, poses)
def test_shortest_duration_keeps_the_peak_within_the_accelerations(start: Pose, goal: Pose) -> None:
    near = Segment(start, goal, 1.0).along(0.01)
    duration = shortest_duration(start, near, CAPS, "min_jerk")
    if duration < 1e-3:
        return
    segment, h = Segment(start, near, duration), duration / 200
    shares = np.array([segment.share(t) for t in np.arange(-1, 202) * h])
    fastest_change = np.abs(np.diff(shares, 2)).max() / h**2
    assert segment.distance * fastest_change <= 3.0 * (1 + 1e-6)
    assert segment.angle * fastest_change <= 12.0 * (1 + 1e-6)


@settings(deadline=None)
@given(st.floats(0.01, 1.0), st.floats(0, 1), st.sampled_from(["min_jerk", "linear", "brake"]))
def test_rate_is_the_derivative_of_the_share(duration: float, s: float, profile) -> None:  # type: ignore[no-untyped-def]
    segment = Segment(Pose(), Pose((0.01, 0, 0)), duration, profile)
    t, h = duration * (0.001 + 0.998 * s), duration * 1e-4
    slope = (segment.share(t + h) - segment.share(t - h)) / (2 * h)
    assert segment.rate(t) == pytest.approx(slope, rel=1e-3, abs=1e-3 / duration)


def test_a_brake_begins_at_twice_the_mean_speed_and_ends_at_rest() -> None:
    segment = Segment(Pose(), Pose((0.01, 0, 0)), 0.1, "brake")
    assert segment.distance * segment.rate(0.0) == pytest.approx(0.2)
    assert segment.rate(0.1) == 0.0
    assert segment.share(0.1) == 1.0
