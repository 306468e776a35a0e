"""Tactile reading to network input: baseline, scale. The only implementation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vital_ros.observation.spec import ObservationSpec

SCALE_FLOOR = 100.0  # uT; release: xarm_dataset.py, in undocumented units


def pad(field: ArrayLike, spec: ObservationSpec) -> NDArray[np.float64]:
    """The values of the pad that the policy reads, uT, shape (tactile_values,), from a reading of all pads.

    Raises:
        ValueError: the reading is too short or not finite.
    """
    values = np.asarray(field, dtype=np.float64).ravel()
    start, stop = spec.sensor * spec.tactile_values, (spec.sensor + 1) * spec.tactile_values
    if len(values) < stop:
        raise ValueError(f"tactile reading has {len(values)} values, pad {spec.sensor} needs {stop}")
    if not np.all(np.isfinite(values[start:stop])):
        raise ValueError("tactile reading is not finite")
    return values[start:stop]


def preprocess_tactile(field: ArrayLike, baseline: ArrayLike, spec: ObservationSpec) -> NDArray[np.float32]:
    """(reading - baseline) / scale of one pad, unclipped as in the release.

    Args:
        field: uT, all pads.
        baseline: uT, all pads, taken at rest at the start of the episode.

    Returns:
        Shape (tactile_values,), dimensionless.
    """
    return ((pad(field, spec) - pad(baseline, spec)) / np.asarray(spec.tactile_scale)).astype(np.float32)


def baseline_of(readings: ArrayLike) -> NDArray[np.float64]:
    """Median of readings at rest, uT, shape (n, values) -> (values,)."""
    return np.median(np.asarray(readings, dtype=np.float64), axis=0)


def tactile_scale(readings: ArrayLike) -> NDArray[np.float64]:
    """Scale of a pad from baseline-subtracted readings, uT, shape (n, 3 * magnetometers) -> (3 * magnetometers,).

    Three standard deviations, the largest over the chips per axis; x and y share the larger; at least `SCALE_FLOOR`
    (release: xarm_dataset.py).
    """
    spread = 3.0 * np.std(np.asarray(readings, dtype=np.float64), axis=0).reshape(-1, 3).max(axis=0)
    spread[:2] = spread[:2].max()
    return np.tile(np.maximum(spread, SCALE_FLOOR), np.shape(readings)[1] // 3)
