"""What the gripper does to the part: holds it between its pads, or grasps it."""

from __future__ import annotations

from typing import Protocol

import mujoco
import numpy as np
from numpy.typing import NDArray

from vital_ros.sim.config import CellConfig
from vital_ros.sim.fingers import Fingers, add_block, add_fingers
from vital_ros.sim.grip import Grip, add_bushing
from vital_ros.sim.gripper import add_gripper, opening_for
from vital_ros.sim.tactile import Pad
from vital_ros.sim.tasks import Task


class Hand(Protocol):
    """One of `Grip` (a part held from the start on) and `Fingers` (a part to be grasped).

    Attributes:
        opening: 0 closed .. 1 open, as measured.
    """

    opening: float

    def reset(self, friction: float) -> None:
        """Begin an episode; `friction` is a factor on the pads'."""

    def drive(self, goal: float) -> None:
        """Move the fingers towards an opening, one servo period before the physics."""

    def settle(self) -> None:
        """Look at what the physics did in that period."""

    @property
    def strain(self) -> NDArray[np.float64]:
        """Elastic motion of the part in the pads, along and about the axes of link_tcp, m and rad, (6,)."""

    @property
    def slipped(self) -> float:
        """How far the part has slid along the pads, m."""

    @property
    def lost(self) -> bool:
        """The part was in the hand and is no more."""

    def displacement(self, index: int, skin: Pad) -> NDArray[np.float64]:
        """Of the dipoles of pad `index`, m, (3, n)."""


def add_hand(spec: mujoco.MjSpec, flange: mujoco.MjsBody, task: Task, cell: CellConfig) -> None:
    """Add gripper and part: bodies `gripper`, `part`, and `grasp` where the part is held."""
    if task.thickness is None:
        add_gripper(spec, flange, opening_for(task.height))
        add_fingers(spec, flange, cell.fingers)
        task.add_part(spec, add_block(spec))
    else:
        add_gripper(spec, flange, opening_for(task.thickness), solid=True)
        task.add_part(spec, add_bushing(flange, cell.grip.model_copy(update=task.grip)))


def make_hand(model: mujoco.MjModel, data: mujoco.MjData, task: Task, cell: CellConfig) -> Hand:
    """The hand of a model built with `add_hand`."""
    if task.thickness is None:
        return Fingers(model, data, cell)
    return Grip(model, data, cell.grip.model_copy(update=task.grip), opening_for(task.thickness), cell.physics)
