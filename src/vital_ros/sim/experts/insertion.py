"""Inserts a held part: down in a cone over the opening; where it touches beside it, it slides in with a light touch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vital_ros.config import TaskConfig
from vital_ros.sim.experts.base import COMMITTED, SLIDING, Expert, sideways
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
TOUCH_FORCE, PRESS = 0.5, 1.0
"""N that count as contact; N with which it feels about for the opening."""
STIFFNESS = 6000.0
"""N/m of the grip, as far as the expert knows."""
SLIDE = 0.001
"""m, largest step sideways in contact."""
STUCK, RELEASE = 0.0008, 0.0006
"""m that friction holds a tip back over the opening; m it then lifts."""
ALIGNED = 0.0004
"""m of lateral error that do not hold the descent up."""
WAIT = 0.004
"""m, height below which it no longer waits over lateral error."""


class InsertionExpert(Expert):
    """Straight down into an opening."""

    def __init__(self, task: Insertion, limits: TaskConfig, error: float = 0.0):
        super().__init__(task, limits, error)
        self._deep = min(task.goal + OVERTRAVEL, task.length - SHY)

    def move(self, truth: Truth) -> tuple[NDArray[np.float64], float]:
        tip, bent = self.tip(truth), self._bent(truth)
        if tip[2] < -ENTERED:
            move = self._insert(tip[2], bent)
        elif truth.force > TOUCH_FORCE and (np.hypot(*(tip - bent)[:2]) > ALIGNED or np.hypot(*tip[:2]) > STUCK):
            move = self._slide((tip - bent)[:2], truth.force)
        else:
            move = self._approach(tip[:2], tip[2])
        return move, self.limits.gripper_opening

    def _bent(self, truth: Truth) -> NDArray[np.float64]:
        """How far the grip gives way at the part's tip, m, in the target frame."""
        give = truth.strain[:3] + np.cross(truth.strain[3:], self.task.tip)
        return np.asarray(truth.tcp.rotation.apply(give))

    def _insert(self, height: float, bent: NDArray[np.float64]) -> NDArray[np.float64]:
        """Straight down until deep enough, then hold; sideways it follows what it feels in the skins."""
        follow = np.clip(0.4 * bent[:2], -0.001, 0.001)
        return np.array([*follow, -np.clip(height + self._deep, -0.0005, INSERT)])

    def _slide(self, lateral: NDArray[np.float64], force: float) -> NDArray[np.float64]:
        """Beside the opening: on towards it with a light touch; over it, with a tip that has stuck, up a little.

        From the camera's slanting view height and error look alike near the face; in contact only the error is left.
        """
        if np.linalg.norm(lateral) < ALIGNED:
            return np.array([*sideways(-lateral, SLIDING, SLIDE), RELEASE])
        press = np.clip((force - PRESS) / STIFFNESS, -0.0005, 0.0005)
        return np.array([*sideways(-lateral, SLIDING, SLIDE), press])

    def _approach(self, lateral: NDArray[np.float64], height: float) -> NDArray[np.float64]:
        """Above the face: align and descend; the last millimetres almost straight, to find out by touch."""
        distance = float(np.linalg.norm(lateral))
        wait = WAIT + self._cone * (distance - ALIGNED)  # a cone: the further off, the higher it waits
        floor = wait if distance > ALIGNED and height > WAIT else -1.0
        speed = SLOW + (FAST - SLOW) * np.clip((height - 0.002) / 0.025, 0, 1)
        gain = self._gain if height > WAIT else COMMITTED
        return np.array([*sideways(-lateral, gain), -np.clip(height - floor, -0.002, speed)])
