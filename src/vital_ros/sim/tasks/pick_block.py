"""Pick block (paper A2; "pick bread" in Table 1): grasp a block that stands on the table, and lift it."""

from __future__ import annotations

import mujoco
import numpy as np

from vital_ros.geometry import Pose
from vital_ros.sim.instance import Instance
from vital_ros.sim.tasks.base import Task
from vital_ros.sim.tasks.shapes import FIXED, FREE, collide_box, show_box, show_disc

EDGE, MASS = 0.040, 0.050
"""m, kg"""
SUNK, FOOT = 0.0005, 0.08
"""m of the plinth's top below the table's, and of its own height."""
_WOOD = (0.62, 0.47, 0.30)
_RED, _CREAM = (0.78, 0.22, 0.16), (0.96, 0.90, 0.74)


class PickBlock(Task):
    """The target frame lies at the centre of the block's top before it is touched; the part's at its centre now."""

    name = "pick_block"
    thickness = None
    goal = 0.050
    hold = 1.0

    def __init__(self, instance: Instance | None = None):
        super().__init__(instance)
        self.height = EDGE * self.instance.scale
        self.tip = (0.0, 0.0, self.height / 2)

    def add_fixture(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        """A plinth that shows, and carries the block, where the place is above the table."""
        top, half = -self.height - SUNK, 0.75 * self.height
        corners = [-half, -half, top - FOOT], [half, half, top]
        collide_box(body, *corners, FIXED)
        show_box(body, *corners, _WOOD)

    def add_part(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        half = self.height / 2
        colour, mark = self.instance.part or self.instance.body or _RED, self.instance.face or _CREAM
        radius = half if self.instance.shape == "cylinder" else None
        if radius:
            geom = body.add_geom(type=mujoco.mjtGeom.mjGEOM_CYLINDER, size=[radius, half, 0], mass=0.0, group=3)
            geom.contype, geom.conaffinity = FREE
            show_disc(body, radius, -half, half, colour)
        else:
            collide_box(body, [-half] * 3, [half] * 3, FREE)
            show_box(body, [-half] * 3, [half] * 3, colour)
        show_disc(body, 0.4 * half, half - 0.001, half + 0.0002, mark)
        body.mass, body.explicitinertial, body.inertia = MASS, True, [MASS * self.height**2 / 6] * 3

    def progress(self, part: Pose, before: float) -> float:
        return float(part.apply(self.tip)[2])

    def lateral_error(self, part: Pose, tcp: Pose) -> float | None:
        """Of the hand over the block, when its fingers come down beside it."""
        off = tcp.position - part.position
        return float(np.hypot(*off[:2])) if off[2] < self.height / 2 else None
