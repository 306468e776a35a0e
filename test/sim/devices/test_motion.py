import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_ros.geometry import Pose
from vital_ros.sim.devices.motion import Motion

PERIOD = 0.004
START = Pose((0.4, 0.0, 0.3), (1, 0, 0, 0))
coordinate = st.floats(-0.2, 0.2)
targets = st.builds(
    lambda p, r: START @ Pose.from_rotvec(p, r), st.tuples(*[coordinate] * 3), st.tuples(*[coordinate] * 3)
)


def run(motion, target, speed, acceleration, limit=5000):
    path = [motion.pose]
    for _ in range(limit):
        arrived = motion.advance(target, speed, acceleration, PERIOD)
        path.append(motion.pose)
        if arrived:
            return path
    pytest.fail("never arrives")


@settings(max_examples=15, deadline=None)
@given(targets, st.floats(0.1, 0.5), st.floats(0.2, 5.0))
def test_arrives_straight_within_speed_and_acceleration(target, speed, acceleration):
    path = run(Motion(START), target, speed, acceleration)
    assert path[-1].allclose(target, 1e-9)
    points = np.array([pose.position for pose in path])
    velocity = np.diff(points, axis=0) / PERIOD
    assert np.linalg.norm(velocity, axis=1).max() <= speed + 1e-9
    change = np.linalg.norm(np.diff(velocity, axis=0), axis=1) / (acceleration * PERIOD)
    assert change.size == 0 or change.max() <= 2 + 1e-6  # the hop onto the target
    assert (change > 1 + 1e-6).sum() <= 2
    way = target.position - START.position
    if np.linalg.norm(way) > 1e-6:
        along = (points - START.position) @ way / np.linalg.norm(way)
        aside = points - START.position - np.outer(along, way / np.linalg.norm(way))
        assert np.abs(aside).max() < 1e-6 and np.diff(along).min() > -1e-9


def test_takes_the_time_of_a_trapezoid():
    path = run(Motion(START), Pose((0.6, 0, 0.3), (1, 0, 0, 0)), 0.1, 0.5)
    assert (len(path) - 1) * PERIOD == pytest.approx(0.2 / 0.1 + 0.1 / 0.5, abs=0.02)


@settings(max_examples=15, deadline=None)
@given(targets, targets, st.integers(1, 400))
def test_a_new_target_changes_the_speed_gently(first, second, when):
    motion = Motion(START)
    points = []
    for _ in range(when):
        motion.advance(first, 0.2, 1.0, PERIOD)
        points.append(motion.pose.position)
    points += [pose.position for pose in run(motion, second, 0.2, 1.0)[1:]]
    acceleration = np.linalg.norm(np.diff(points, n=2, axis=0), axis=1) / PERIOD**2
    assert motion.pose.allclose(second, 1e-9)
    assert acceleration.size == 0 or acceleration.max() <= 2.01


def test_braking_stops_on_the_way():
    motion = Motion(START)
    for _ in range(100):
        motion.advance(Pose((0.7, 0, 0.3), (1, 0, 0, 0)), 0.2, 1.0, PERIOD)
    before = motion.pose.position[0]
    steps = 0
    while motion.moving:
        motion.brake(1.0, PERIOD)
        steps += 1
    assert steps * PERIOD == pytest.approx(0.2, abs=0.01)
    assert motion.pose.position[0] - before == pytest.approx(0.02, abs=0.002)
