"""Temporal ensemble: the action of now, averaged over all chunks that predicted it (paper A1.2; ACT)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from vital_ros.policy.actions import ACTION_SIZE


class TemporalEnsemble:
    """Weighted mean with weights exp(-m i), i = 0 the oldest prediction.

    With m = 0.01 and ten predictions this is nearly the plain mean, about 4.5 steps (0.75 s at 6 Hz) behind the newest
    observation: smooth, and late. Rotations are averaged on SO(3); the gripper's opening is the newest prediction's.
    """

    def __init__(self, length: int = 10, m: float = 0.01):
        self.length = length
        self.m = m
        self._chunks = np.zeros((length, length, ACTION_SIZE))
        self._added = 0

    def reset(self) -> None:
        """Forget everything; at the start of every episode."""
        self._added = 0

    def add(self, chunk: ArrayLike) -> None:
        """Advance one step: `chunk` (length, 7), physical, was predicted from the newest observation."""
        self._chunks[self._added % self.length] = chunk
        self._added += 1

    def action(self) -> NDArray[np.float64]:
        """The physical action (7,) of the current step.

        Raises:
            ValueError: nothing was added since the reset.
        """
        valid = min(self._added, self.length)
        if valid == 0:
            raise ValueError("an empty ensemble has no action")
        ages = np.arange(valid)[::-1]  # oldest first
        rows = self._chunks[(self._added - 1 - ages) % self.length, ages]
        weights = np.exp(-self.m * np.arange(valid))
        action = np.average(rows, axis=0, weights=weights)
        action[3:6] = Rotation.from_rotvec(rows[:, 3:6]).mean(weights).as_rotvec()
        action[6] = rows[-1, 6]
        return action
