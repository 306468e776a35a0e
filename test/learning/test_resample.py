import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.geometry import Pose
from vital_ros.learning.resample import PHASES, interpolate, newest, ticks


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30, unique=True), st.lists(st.integers(0, 2000), min_size=1))
def test_newest_is_never_newer_and_nothing_lies_between(stamps, times):
    stamps, times = np.sort(stamps), np.sort(np.maximum(times, min(stamps)))
    index = newest(stamps, times)
    assert np.all(stamps[index] <= times)
    later = np.append(stamps, np.inf)[index + 1]
    assert np.all(later > times)


def test_before_the_first_sample_there_is_none():
    with pytest.raises(ValueError, match="before"):
        newest(np.array([10, 20]), np.array([9]))


def test_the_phases_use_every_camera_frame_once():
    frames = np.round(np.arange(61) * 1e9 / 30).astype(np.int64)
    used = np.concatenate([newest(frames, ticks(0, frames[-1], 6.0, phase)) for phase in range(PHASES)])
    assert sorted(used) == list(range(60))


@given(st.integers(0, 10**9), st.integers(0, 3 * 10**9), st.integers(0, PHASES - 1))
def test_ticks_keep_rate_and_borders(start, duration, phase):
    times = ticks(start, start + duration, 6.0, phase)
    assert np.all(np.abs(np.diff(times) - 1e9 / 6) <= 1)
    assert not times.size or (times[0] >= start and times[-1] <= start + duration + 1)


def test_poses_are_interpolated_on_the_manifold():
    poses = [
        Pose.from_rotvec([0, 0, 0], [0, 0, 3.0]),
        Pose.from_rotvec([1, 0, 0], [0, 0, -3.0]),
    ]  # the short way: over pi
    (middle,) = interpolate(np.array([0, 10]), poses, np.array([5]))
    assert middle.allclose(Pose.from_rotvec([0.5, 0, 0], [0, 0, np.pi]), atol=1e-6)
