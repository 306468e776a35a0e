"""Inserts a held part: comes down in a cone over the opening, feels its way in, lifts and corrects after a miss.

In some episodes it touches beside the opening first, so that demonstrations show how to recover. It never presses hard.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vital_ros.config import TaskConfig
from vital_ros.sim.experts.base import Expert, direction, sideways
from vital_ros.sim.tasks import Insertion
from vital_ros.sim.truth import Truth

FAST, SLOW = 0.006, 0.0015
"""m per step downwards, in the free and near the face."""
INSERT = 0.004
"""m per step once the tip is in."""
OVERTRAVEL = 0.0022
"""m deeper than success asks for, if the part's shoulder allows."""
SHY = 0.0003
"""m that the shoulder stays above the face."""
ENTERED = 0.0015
"""m of depth from which on the tip is in."""
TOUCH_FORCE = 0.6
"""N that count as contact."""
ALIGNED = 0.0004
"""m of lateral error that do not hold the descent up."""
CONE = 2.5
"""Height at which it waits over lateral error."""
MISSES, NEAR = 0.12, 0.006
"""Probability of an episode that first touches beside the opening; m above the face where it goes astray."""


class InsertionExpert(Expert):
    """Straight down into an opening."""

    def __init__(self, task: Insertion, limits: TaskConfig, error: float = 0.0):
        super().__init__(task, limits, error)
        self._deep = min(task.goal + OVERTRAVEL, task.length - SHY)

    def reset(self, rng: np.random.Generator) -> None:
        super().reset(rng)
        miss = rng.uniform(0.0016, 0.0025) if rng.random() < MISSES and not self._error else 0.0
        self._miss = miss * direction(rng)
        self._lifting = False

    def move(self, truth: Truth) -> tuple[NDArray[np.float64], float]:
        tip = self.tip(truth)
        if tip[2] < -ENTERED:
            move = self._insert(truth, tip[2])
        else:
            move = self._approach(tip[:2], tip[2], truth.force > TOUCH_FORCE)
        return move, self.limits.gripper_opening

    def _insert(self, truth: Truth, height: float) -> NDArray[np.float64]:
        """Straight down until deep enough, then hold; sideways it follows what it feels in the skins."""
        remaining = height + self._deep
        give = 0.4 * truth.tcp.rotation.apply(truth.strain[:3])[:2]
        return np.array([*np.clip(give, -0.001, 0.001), -np.clip(remaining, -0.0005, INSERT)])

    def _approach(self, lateral: NDArray[np.float64], height: float, touching: bool) -> NDArray[np.float64]:
        """Above the face: align and descend; after a miss lift, align and descend again."""
        if touching and np.linalg.norm(lateral) > 0.0008:
            self._lifting, self._miss = True, np.zeros(2)
        error = (self._miss if height < NEAR else 0.0) - lateral
        distance, step = float(np.linalg.norm(error)), sideways(error)
        if self._lifting:
            self._lifting = height < 0.0012 or distance > 2 * ALIGNED
            return np.array([*step, np.clip(0.0018 - height, -0.0005, 0.0015)])
        # a cone: the further off, the higher it waits
        floor = 0.0008 + CONE * (distance - ALIGNED) if distance > ALIGNED else -1.0
        speed = SLOW + (FAST - SLOW) * np.clip((height - 0.002) / 0.025, 0, 1)
        rise = 0.002 if height < 0.012 else 0.0
        return np.array([*step, -np.clip(height - floor, -rise, speed)])
