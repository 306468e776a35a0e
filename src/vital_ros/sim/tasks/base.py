"""What the cell needs to know of a task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import mujoco

from vital_ros.geometry import Pose


class Task(ABC):
    """Geometry and success of one task; the cell knows nothing else about it.

    The fixture is built in the target frame (origin at the centre of its opening, z up), the held part in the frame of
    link_tcp (z out of the gripper, y the closing axis). Geometry that collides is invisible (group 3), geometry that is
    seen does not collide.
    """

    name: ClassVar[str]
    thickness: ClassVar[float]
    """m, of the held part between the pads."""
    tip: ClassVar[tuple[float, float, float]]
    """m, foremost point of the held part."""
    goal_depth: ClassVar[float]
    """m, depth of the tip from which on the part is in."""

    @abstractmethod
    def add_fixture(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        """Hang the fixture's geoms on its body."""

    @abstractmethod
    def add_held(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        """Hang the held part's geoms and mass on its body."""

    @abstractmethod
    def done(self, held: Pose) -> bool:
        """Success condition at this instant, from the part's pose in the target frame; the cell wants it held."""

    def depth(self, held: Pose) -> float:
        """How far the tip is below the opening's plane, m; negative above it."""
        return -float(held.apply(self.tip)[2])
