"""What the cell needs to know of a task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import mujoco
import numpy as np

from vital_ros.geometry import Pose
from vital_ros.sim.instance import Instance
from vital_ros.sim.tasks.housing import Paint, Slots, collide_housing, show_housing, show_slots


class Task(ABC):
    """Geometry and success of one task; the cell knows nothing else about it.

    The fixture is built in the target frame (origin at the centre of its opening, z up), a held part in the frame of
    link_tcp (z out of the gripper, y the closing axis). Geometry that collides is invisible (group 3), geometry that is
    seen does not collide. "The part" is what is held, or what is to be grasped.
    """

    name: ClassVar[str]
    height: float = 0.050
    """m, of the target frame above what the fixture stands on."""
    thickness: ClassVar[float | None]
    """m, of the held part between the pads; None: the hand comes empty and open."""
    grip: ClassVar[dict[str, float]] = {}
    """Values of GripConfig that differ for this part."""
    tip: tuple[float, float, float]
    """m, foremost point of the part in its own frame."""
    goal: ClassVar[float]
    """m of progress from which on the task is done."""
    hold: ClassVar[float] = 0.1
    """s for which it must stay done."""

    def __init__(self, instance: Instance | None = None):
        self.instance = instance or Instance()

    @abstractmethod
    def add_fixture(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        """Hang the fixture's geoms on its body."""

    @abstractmethod
    def add_part(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        """Hang the part's geoms and mass on its body."""

    @abstractmethod
    def progress(self, part: Pose, before: float) -> float:
        """How far the task is, m, from the part's pose in the target frame.

        Args:
            before: the progress a moment ago, 0 at the start: what must be done without a gap can look back.
        """

    @abstractmethod
    def lateral_error(self, part: Pose, tcp: Pose) -> float | None:
        """How far from where it should be the part, or the empty hand, arrives, m, sideways; None before it does.

        Args:
            part, tcp: in the target frame.
        """

    def missed(self, part: Pose, progress: float) -> bool:
        """Whether a person would call it a failure already, though nothing has gone wrong but the aim."""
        return False

    def depth(self, part: Pose) -> float:
        """How far the tip is below the opening's plane, m; negative above it."""
        return -float(part.apply(self.tip)[2])


AT_FACE = 0.0005
"""m before the opening at which a part's tip counts as having arrived."""


class Insertion(Task):
    """Something held goes straight down into an opening at the target frame's origin: progress is its depth there."""

    ALIGNED = 0.004
    """m from the axis within which depth counts: beside the opening there is none."""
    slots: ClassVar[Slots]
    paint: ClassVar[Paint]
    length: ClassVar[float]
    """m, of what goes in, up to the shoulder."""
    tolerance: ClassVar[float]
    """m of lateral error up to which the part finds its way in: clearance, bevel and taper."""

    def add_fixture(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        collide_housing(spec, body, self.slots, self.instance)
        show_housing(body, self.paint, self.instance)
        show_slots(body, self.slots)

    def progress(self, part: Pose, before: float) -> float:
        lateral = float(np.hypot(*part.apply(self.tip)[:2]))
        return max(self.depth(part), 0.0) if lateral < self.ALIGNED else 0.0

    def lateral_error(self, part: Pose, tcp: Pose) -> float | None:
        x, y, height = part.apply(self.tip)
        return float(np.hypot(x, y)) if height < AT_FACE else None
