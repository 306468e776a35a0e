"""A scripted expert that sees the truth: it demonstrates insertions, imperfect on purpose.

What it does follows from what camera and touch show, so that it can be cloned: it moves sideways in proportion to the
error while it comes down, and slows down near the face. Sometimes it touches beside the opening, lifts, corrects and
tries again. It never presses hard.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vital_ros.geometry import Pose
from vital_ros.sim.cell import Cell

FAST, SLOW = 0.006, 0.0015
"""m per step downwards, in the free and near the face."""
SIDEWAYS, GAIN = 0.005, 0.35
"""Largest step sideways, m, and share of the error that one step takes away."""
INSERT = 0.004
"""m per step once the tip is in."""
OVERTRAVEL = 0.0022
"""m deeper than success asks for."""
TOUCH_FORCE = 0.6
"""N that count as contact."""
ALIGNED = 0.0004
"""m of lateral error that do not hold the descent up."""
CONE = 2.5
"""Height at which it waits over lateral error."""
MISSES, NEAR = 0.12, 0.006
"""Probability of an episode that first touches beside the opening; m above the face where it goes astray."""


class Expert:
    """Chooses where link_tcp goes in the next step of 1/6 s; one object an episode at a time."""

    def __init__(self, rng: np.random.Generator | None = None):
        self.reset(rng or np.random.default_rng(0))

    def reset(self, rng: np.random.Generator) -> None:
        """Draw the flaws of the next episode."""
        direction = rng.uniform(0, 2 * np.pi)
        miss = rng.uniform(0.0016, 0.0025) if rng.random() < MISSES else 0.0
        self._miss = miss * np.array([np.cos(direction), np.sin(direction)])
        self._lifting = False

    def act(self, cell: Cell) -> tuple[Pose, float]:
        """Target of link_tcp in link_base and gripper opening for the next step."""
        held, tcp = cell.held_pose(), cell.target_pose().inverse() @ cell.tcp_pose()
        tip = held.apply(cell.task.tip)
        lateral, height = tip[:2], float(tip[2])
        if height < -0.0015:
            move = self._insert(cell, height, tcp)
        else:
            move = self._approach(lateral, height, cell.contact_force() > TOUCH_FORCE)
        goal = Pose(tcp.position + move, (1, 0, 0, 0))
        return cell.target_pose() @ goal, cell.limits.gripper_opening

    def _insert(self, cell: Cell, height: float, tcp: Pose) -> NDArray[np.float64]:
        """Straight down until deep enough, then hold; sideways it follows what it feels in the skins."""
        remaining = height + cell.task.goal_depth + OVERTRAVEL
        give = 0.4 * tcp.rotation.apply(cell.strain()[:3])[:2]
        return np.array([*np.clip(give, -0.001, 0.001), -np.clip(remaining, -0.0005, INSERT)])

    def _approach(self, lateral: NDArray[np.float64], height: float, touching: bool) -> NDArray[np.float64]:
        """Above the face: align and descend; after a miss lift, align and descend again."""
        if touching and np.linalg.norm(lateral) > 0.0008:
            self._lifting, self._miss = True, np.zeros(2)
        error = (self._miss if height < NEAR else 0.0) - lateral
        distance = float(np.linalg.norm(error))
        sideways = error * min(GAIN, SIDEWAYS / max(distance, 1e-9))
        if self._lifting:
            self._lifting = height < 0.0012 or distance > 2 * ALIGNED
            return np.array([*sideways, np.clip(0.0018 - height, -0.0005, 0.0015)])
        # a cone: the further off, the higher it waits
        floor = 0.0008 + CONE * (distance - ALIGNED) if distance > ALIGNED else -1.0
        speed = SLOW + (FAST - SLOW) * np.clip((height - 0.002) / 0.025, 0, 1)
        rise = 0.002 if height < 0.012 else 0.0
        return np.array([*sideways, -np.clip(height - floor, -rise, speed)])
