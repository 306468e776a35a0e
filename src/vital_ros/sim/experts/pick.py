"""Picks a block: comes down over it with open fingers, closes, waits for the squeeze, lifts and holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vital_ros.sim.experts.base import Expert, sideways
from vital_ros.sim.truth import Truth

FAST, SLOW, LIFT = 0.008, 0.004, 0.008
"""m per step: down in the free, down beside the block, up."""
ALIGNED = 0.002
"""m of sideways error that do not hold the descent up."""
OVERTRAVEL = 0.012
"""m higher than success asks for."""
CLOSED = 3
"""Steps that closing takes."""


class PickExpert(Expert):
    """Grasps at half the block's height."""

    def reset(self, rng: np.random.Generator) -> None:
        super().reset(rng)
        self._closing = 0

    def move(self, truth: Truth) -> tuple[NDArray[np.float64], float]:
        block, tcp = truth.part.position, truth.tcp.position
        grasp = float(block[2])
        if self._closing:
            self._closing += 1
            if self._closing <= CLOSED:
                return np.zeros(3), 0.0
            top = self.tip(truth)[2]
            return np.array([0.0, 0.0, np.clip(self.task.goal + OVERTRAVEL - top, -0.001, LIFT)]), 0.0
        height = tcp[2] - grasp
        error = block[:2] + self._offset - tcp[:2]
        excess = float(np.linalg.norm(error)) - ALIGNED
        over = self.task.height / 2 + 0.006
        wait = over + self._cone * excess if excess > 0 else 0.0
        if excess <= 0 and height < 0.002:
            self._closing = 1
            return np.zeros(3), 0.0
        speed = SLOW + (FAST - SLOW) * float(np.clip((height - over) / 0.03, 0, 1))
        return np.array(
            [*sideways(error, self._gain), -np.clip(height - wait, -0.002, speed)]
        ), self.limits.gripper_opening
