"""Swipes a card: lines up before the channel's mouth, goes through at one depth; jammed, it backs off and corrects."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vital_ros.sim.experts.base import Expert, direction, sideways
from vital_ros.sim.tasks.card_swipe import DEPTH, LENGTH, MIN_DEPTH
from vital_ros.sim.truth import Truth

FAST, SLOW, SWIPE = 0.008, 0.003, 0.008
"""m per step ahead: in the free, near the mouth, in the channel."""
MIDDLE = -(DEPTH + MIN_DEPTH) / 2
"""m, height of the lower edge half way between the floor and too high."""
OVERTRAVEL = 0.004
"""m beyond the goal."""
ALIGNED, CONE = 0.0005, 2.5
"""m of error that do not hold it up; distance before the mouth at which it waits over the error beyond that."""
LOW = 0.0015
"""m of error in height that do not."""
JAM_FORCE = 3.0
"""N from which on it is stuck at the mouth."""
MISSES, NEAR = 0.12, 0.010
"""Probability of an episode that first meets the wall beside the mouth; m before it where it goes astray."""


class SwipeExpert(Expert):
    """Along x of the target frame."""

    def reset(self, rng: np.random.Generator) -> None:
        super().reset(rng)
        miss = rng.uniform(0.0035, 0.0050) if rng.random() < MISSES and not self._error else 0.0
        self._miss = miss * np.sign(direction(rng)[1])
        self._offset = np.array([0.0, self._error * np.sign(direction(rng)[1])])
        self._backing = False

    def move(self, truth: Truth) -> tuple[NDArray[np.float64], float]:
        x, y, z = self.tip(truth)
        inside = x > 0.004
        if truth.force > JAM_FORCE and not inside:
            self._backing, self._miss = True, 0.0
        error = np.array([(self._miss if x > -NEAR and not inside else 0.0) - y, MIDDLE - z])
        if inside:
            give = 0.4 * truth.tcp.rotation.apply(truth.strain[:3])
            step = np.array([np.clip(give[1], -0.001, 0.001), np.clip(0.35 * error[1], -0.001, 0.001)])
            ahead = float(np.clip(0.9 * LENGTH + OVERTRAVEL - x, -0.001, SWIPE))
            return np.array([ahead, *step]), self.limits.gripper_opening
        step = sideways(error)
        excess = max(abs(error[0]) - ALIGNED, abs(error[1]) - LOW, 0.0)
        if self._backing:
            self._backing = x > -0.003 or excess > ALIGNED
            return np.array([np.clip(-0.006 - x, -0.003, 0.001), *step]), self.limits.gripper_opening
        wait = -0.004 - CONE * excess if excess > 0 else 1.0
        speed = SLOW + (FAST - SLOW) * float(np.clip((-x - 0.004) / 0.025, 0, 1))
        return np.array([np.clip(wait - x, -0.003, speed), *step]), self.limits.gripper_opening
