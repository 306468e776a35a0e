"""How far a residual may go, per dimension: a share of the largest action seen in training (paper 3.2, Table 6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vital_ros.config.residual import DIMENSIONS, ResidualConfig
from vital_ros.policy.actions import SPARE, ActionSpec


def largest_action(spec: ActionSpec) -> NDArray[np.float64]:
    """Of the training data per dimension, (7,): m, rad, opening; 0 for axes that no demonstration turns."""
    translation = np.full(3, spec.translation_scale / SPARE)
    if spec.translation_range is not None:
        translation = np.abs(spec.translation_range).max(axis=0)
    largest = np.array([*translation, *[spec.rotation_scale / SPARE] * 3, 1.0])
    largest[list(spec.still)] = 0.0
    return largest


def residual_bound(spec: ActionSpec, config: ResidualConfig) -> NDArray[np.float64]:
    """Largest residual per dimension, (7,), physical, 0 where it may change nothing; without a base, the whole."""
    share = 1.0 if config.base == "none" else config.offset_scale
    allowed = np.isin(DIMENSIONS, config.dimensions)
    return np.asarray(share * largest_action(spec) * allowed, dtype=np.float64)
