"""Where a task's fixture stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vital_ros.config.base import Model, Number
from vital_ros.geometry import Pose

if TYPE_CHECKING:
    from vital_ros.sim.tasks import Task


class Place(Model):
    """A place on the table, or above it on a plinth; the default is the demonstrations'."""

    position: tuple[Number, Number] = (0.45, 0.0)
    """m, x y of the target frame in link_base."""
    lift: Number = 0.0
    """m, above where the target frame is when the fixture stands on the table; negative: sunk into it."""
    yaw: Number = 0.0
    """rad, about z."""

    def pose(self, task: Task) -> Pose:
        """Nominal target frame of a task in link_base."""
        return Pose.from_rotvec((*self.position, task.height + self.lift), (0.0, 0.0, self.yaw))
