"""Inserts a held part: down in a cone over the opening; where it touches beside it, it slides in with a light touch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vital_ros.config import TaskConfig
from vital_ros.sim.experts.base import COMMITTED, GAIN, Expert, sideways
from vital_ros.sim.tasks import Insertion
from vital_ros.sim.truth import Truth

FAST, SLOW = 0.0045, 0.0012
"""m per step downwards, in the free and near the face."""
INSERT = 0.003
"""m per step once the tip is in."""
OVERTRAVEL = 0.0022
"""m deeper than success asks for, if the part's shoulder allows."""
SHY = 0.0003
"""m that the shoulder stays above the face."""
ENTERED = 0.0015
"""m of depth from which on the tip is in."""
TOUCH_FORCE, PRESS = 0.5, 1.5
"""N that count as contact; N with which it feels about for the opening."""
STIFFNESS = 6000.0
"""N/m of the grip, as far as the expert knows."""
SLIDE = 0.001
"""m, largest step sideways in contact."""
ALIGNED = 0.0004
"""m of lateral error that do not hold the descent up."""
CONE, WAIT = 2.5, 0.004
"""Slope of the cone in which it waits over lateral error, and its lowest height, m, below which it no longer waits."""


class InsertionExpert(Expert):
    """Straight down into an opening."""

    def __init__(self, task: Insertion, limits: TaskConfig, error: float = 0.0):
        super().__init__(task, limits, error)
        self._deep = min(task.goal + OVERTRAVEL, task.length - SHY)

    def move(self, truth: Truth) -> tuple[NDArray[np.float64], float]:
        tip = self.tip(truth)
        if tip[2] < -ENTERED:
            move = self._insert(truth, tip[2])
        else:
            self._force = truth.force
            move = self._approach(tip[:2], tip[2], truth.force > TOUCH_FORCE)
        return move, self.limits.gripper_opening

    def _insert(self, truth: Truth, height: float) -> NDArray[np.float64]:
        """Straight down until deep enough, then hold; sideways it follows what it feels in the skins."""
        remaining = height + self._deep
        give = 0.4 * truth.tcp.rotation.apply(truth.strain[:3])[:2]
        return np.array([*np.clip(give, -0.001, 0.001), -np.clip(remaining, -0.0005, INSERT)])

    def _approach(self, lateral: NDArray[np.float64], height: float, touching: bool) -> NDArray[np.float64]:
        """Above the face: align and descend; beside the opening: slide there with a light touch.

        What it does near the face follows from what can be seen and felt at that moment. From the camera's slanting
        view height and error look alike there, so it comes down to find out: in contact only the error is left.
        """
        distance = float(np.linalg.norm(lateral))
        if touching and distance > ALIGNED:
            press = (self._force - PRESS) / STIFFNESS
            return np.array([*sideways(-lateral, SLIDE), np.clip(press, -0.0005, 0.0005)])
        wait = WAIT + CONE * (distance - ALIGNED)  # a cone: the further off, the higher it waits
        floor = wait if distance > ALIGNED and height > WAIT else -1.0
        speed = SLOW + (FAST - SLOW) * np.clip((height - 0.002) / 0.025, 0, 1)
        gain = GAIN if height > WAIT else COMMITTED
        return np.array([*sideways(-lateral, gain=gain), -np.clip(height - floor, -0.002, speed)])
