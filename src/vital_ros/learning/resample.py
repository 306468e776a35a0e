"""Sensor streams at their own rates to ticks at the policy's rate, by time.

Observations are what a policy could have had: the newest sample not newer than the tick. Poses are only used for
labels, so they are interpolated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation, Slerp

from vital_ros.geometry import Pose

Stamps = NDArray[np.int64]

PHASES = 5
"""30 Hz camera frames per 6 Hz tick: each phase is a policy-rate view of the same episode (paper A1.1)."""


def ticks(start_ns: int, end_ns: int, rate: float, phase: int) -> Stamps:
    """Tick times in [start, end], one period apart, of one of `PHASES` phases.

    A tick falls in the middle of its fifth of a period: frames there are half a frame old, as they are on average when
    the arm runs.
    """
    period = 1e9 / rate
    first = start_ns + (phase + 0.5) * period / PHASES
    count = int(np.floor((end_ns - first) / period)) + 1
    return np.round(first + period * np.arange(max(count, 0))).astype(np.int64)


def newest(stamps_ns: Stamps, times_ns: Stamps) -> NDArray[np.int64]:
    """Index of the newest sample not newer than each time.

    Raises:
        ValueError: a time lies before the first sample.
    """
    index = np.searchsorted(stamps_ns, times_ns, side="right") - 1
    if index.size and index.min() < 0:
        raise ValueError("a tick lies before the stream's first sample")
    return index


def interpolate(stamps_ns: Stamps, poses: list[Pose], times_ns: Stamps) -> list[Pose]:
    """Poses at times within the stream: linear in position, slerp in rotation."""
    seconds, wanted = (stamps_ns - stamps_ns[0]) / 1e9, (times_ns - stamps_ns[0]) / 1e9
    positions = np.stack([pose.position for pose in poses])
    rotations = Slerp(seconds, Rotation.from_quat([pose.quaternion for pose in poses]))(wanted)
    columns = [np.interp(wanted, seconds, positions[:, axis]) for axis in range(3)]
    return [Pose.from_rotation(p, r) for p, r in zip(np.stack(columns, axis=1), rotations, strict=True)]


def interpolate_scalar(stamps_ns: Stamps, values: ArrayLike, times_ns: Stamps) -> NDArray[np.float64]:
    """Linear."""
    return np.interp(times_ns - stamps_ns[0], stamps_ns - stamps_ns[0], np.asarray(values, dtype=np.float64))
