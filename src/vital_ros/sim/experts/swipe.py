"""Swipes a card: lines up before the channel's mouth and goes through at one depth; beside it, slides to the mouth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vital_ros.sim.experts.base import COMMITTED, SLIDING, Expert, direction, sideways
from vital_ros.sim.tasks.card_swipe import DEPTH, LENGTH, MIN_DEPTH
from vital_ros.sim.truth import Truth

FAST, SLOW, SWIPE = 0.006, 0.002, 0.006
"""m per step ahead: in the free, near the mouth, in the channel."""
MIDDLE = -(DEPTH + MIN_DEPTH) / 2
"""m, height of the lower edge half way between the floor and too high."""
OVERTRAVEL = 0.004
"""m beyond the goal."""
ALIGNED = 0.0005
"""m of error that do not hold it up."""
LOW = 0.0015
"""m of error in height that do not."""
TOUCH_FORCE, PRESS = 1.0, 2.0
"""N that count as contact before the mouth; N with which it feels about for it."""
STIFFNESS = 20000.0
"""N/m of the grip, as far as the expert knows."""
INSIDE = 0.004
"""m past the mouth from which on the walls guide the card."""
SLIDE = 0.0015
"""m, largest step sideways in contact."""
WAIT = 0.004
"""m before the mouth from which on it no longer waits."""


class SwipeExpert(Expert):
    """Along x of the target frame."""

    def reset(self, rng: np.random.Generator) -> None:
        super().reset(rng)
        self._offset = np.array([0.0, self._error * np.sign(direction(rng)[1])])

    def move(self, truth: Truth) -> tuple[NDArray[np.float64], float]:
        x, y, z = self.tip(truth)
        error = np.array([-y, MIDDLE - z])
        move = self._swipe(truth, x, error) if x > INSIDE else self._approach(truth, x, error)
        return move, self.limits.gripper_opening

    def _swipe(self, truth: Truth, x: float, error: NDArray[np.float64]) -> NDArray[np.float64]:
        """Through the channel, following its walls by what the skins feel."""
        give = 0.4 * truth.tcp.rotation.apply(truth.strain[:3])
        step = np.array([np.clip(give[1], -0.001, 0.001), np.clip(0.35 * error[1], -0.001, 0.001)])
        return np.array([np.clip(0.9 * LENGTH + OVERTRAVEL - x, -0.001, SWIPE), *step])

    def _approach(self, truth: Truth, x: float, error: NDArray[np.float64]) -> NDArray[np.float64]:
        """Before the mouth: line up and come nearer; beside it: slide there with a light touch."""
        if truth.force > TOUCH_FORCE and abs(error[0]) > ALIGNED:
            press = (PRESS - truth.force) / STIFFNESS
            return np.array([np.clip(press, -0.0005, 0.0005), *sideways(error, SLIDING, SLIDE)])
        excess = max(abs(error[0]) - ALIGNED, abs(error[1]) - LOW, 0.0)
        wait = -WAIT - self._cone * excess if excess > 0 and x < -WAIT else 1.0
        speed = SLOW + (FAST - SLOW) * float(np.clip((-x - 0.004) / 0.025, 0, 1))
        return np.array([np.clip(wait - x, -0.003, speed), *sideways(error, self._gain if x < -WAIT else COMMITTED)])
