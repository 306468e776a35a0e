"""A scripted expert that sees the truth: it demonstrates insertions, imperfect on purpose.

What it does follows from what camera and touch show, so that it can be cloned: far away it strays and overshoots, near
the face it slows down and is accurate, a missed touch is lifted, corrected and tried again. It never presses hard.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vital_ros.geometry import Pose
from vital_ros.sim.cell import Cell

FAST, SLOW = 0.008, 0.0015
"""m per step downwards, in the free and near the face."""
INSERT = 0.003
"""m per step once the tip is in."""
OVERTRAVEL = 0.0022
"""m deeper than success asks for."""
TOUCH_FORCE = 0.6
"""N that count as contact."""
ALIGNED = 0.0004
"""m of lateral error that do not hold the descent up."""


class Expert:
    """Chooses where link_tcp goes in the next step of 1/6 s; one object an episode at a time."""

    def __init__(self, rng: np.random.Generator | None = None):
        self.reset(rng or np.random.default_rng(0))

    def reset(self, rng: np.random.Generator) -> None:
        """Draw the flaws of the next episode."""
        self._rng = rng
        self._stray = np.zeros(2)
        direction = rng.uniform(0, 2 * np.pi)
        unit = np.array([np.cos(direction), np.sin(direction)])
        self._overshoot = unit * (rng.uniform(0.002, 0.006) if rng.random() < 0.5 else 0.0)
        self._release = rng.uniform(0.006, 0.020)
        self._miss = unit * (rng.uniform(0.0016, 0.0025) if rng.random() < 0.2 else 0.0)
        self._lifting = False

    def act(self, cell: Cell) -> tuple[Pose, float]:
        """Target of link_tcp in link_base and gripper opening for the next step."""
        held, tcp = cell.held_pose(), cell.target_pose().inverse() @ cell.tcp_pose()
        tip = held.apply(cell.task.tip)
        lateral, height = tip[:2], float(tip[2])
        touching = cell.contact_force() > TOUCH_FORCE
        if height < -0.0015:
            move = self._insert(cell, height, tcp)
        else:
            move = self._approach(lateral, height, touching)
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
        free = np.clip((height - 0.004) / 0.03, 0, 1)  # the hand is steady near the face
        self._stray = 0.7 * self._stray + self._rng.normal(0, 0.0012, 2)
        self._overshoot = self._overshoot * (0.9 if height > self._release else 0.5)
        aim = free * self._stray + self._overshoot + self._miss
        error = aim - lateral
        distance = float(np.linalg.norm(error))
        sideways = error * min(0.5, 0.010 / max(distance, 1e-9))
        if self._lifting:
            self._lifting = height < 0.0012 or distance > 2 * ALIGNED
            return np.array([*sideways, np.clip(0.0018 - height, -0.0005, 0.0015)])
        # a cone: the further off, the higher it waits
        floor = 0.0008 + 5.0 * max(0.0, distance - ALIGNED) if distance > ALIGNED else -1.0
        speed = SLOW + (FAST - SLOW) * np.clip((height - 0.002) / 0.025, 0, 1)
        rise = 0.002 if height < 0.012 else 0.0
        return np.array([*sideways, -np.clip(height - floor, -rise, speed)])
