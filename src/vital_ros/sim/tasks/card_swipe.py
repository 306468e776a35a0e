"""Card swiping (paper A2): an ISO 7810 card along the channel of a card machine, from its mouth to its end."""

from __future__ import annotations

import mujoco
import numpy as np

from vital_ros.geometry import Pose
from vital_ros.sim.tasks.base import AT_FACE, Task
from vital_ros.sim.tasks.housing import FOOT
from vital_ros.sim.tasks.shapes import FIXED, MOVING, collide_box, collide_hull, show_box

# m; the card hangs in the plane of x and z of the tool, its thickness along the closing axis
CARD, THICK = (0.0856, 0.054), 0.00076
AHEAD, BELOW = 0.0578, 0.022
"""m by which the card's leading edge is ahead of link_tcp and its lower edge below."""
CHANNEL, LENGTH, DEPTH = 0.0014, 0.100, 0.012
LEAD_IN, LEAD_ANGLE = 0.003, np.deg2rad(35)
"""m along the channel and rad by which its mouth widens."""
WALL = 0.030
MIN_DEPTH, MAX_LATERAL = 0.005, 0.002
GAP = 0.005
"""m between two looks beyond which a swipe has not been one."""
MISSED = 0.020
"""m past the mouth at which a card that was not deep enough there has missed the channel."""

_WHITE, _STRIPE, _CHIP = (0.93, 0.93, 0.96), (0.10, 0.12, 0.30), (0.85, 0.70, 0.25)
_GREY, _DARK, _GREEN = (0.30, 0.32, 0.36), (0.05, 0.05, 0.06), (0.25, 0.80, 0.35)


class CardSwipe(Task):
    """The target frame lies at the channel's mouth, between the tops of its walls; x is the way of the swipe."""

    name = "card_swipe"
    thickness = THICK
    grip = {"shear": 26400.0, "twist": 1.8, "tilt": 0.8, "slip": 20 / 26400, "slip_twist": 0.3, "inertia": 1.1e-4}
    """A card fills the whole skins, which hold it stiffer than a narrow part; the pads slip at 20 N."""
    tip = (AHEAD, 0.0, BELOW)
    goal = 0.9 * LENGTH
    tolerance = (CHANNEL - THICK) / 2 + LEAD_IN * np.tan(LEAD_ANGLE)

    def add_part(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        rear, top, half = AHEAD - CARD[0], BELOW - CARD[1], THICK / 2
        collide_box(body, [rear, -half, top], [AHEAD, half, BELOW], MOVING)
        show_box(body, [rear, -half, top], [AHEAD, half, BELOW], self.instance.part or _WHITE)
        for side in (-1, 1):
            low, high = sorted((side * half, side * (half + 0.0001)))
            show_box(body, [rear, low, BELOW - 0.016], [AHEAD, high, BELOW - 0.006], _STRIPE)
            show_box(body, [0.030, low, top + 0.012], [0.042, high, top + 0.022], _CHIP)
        body.mass, body.ipos, body.explicitinertial = 0.006, [rear + CARD[0] / 2, 0, BELOW - CARD[1] / 2], True
        body.inertia = [2e-6, 5e-6, 4e-6]

    def add_fixture(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        near = CHANNEL / 2
        mouth, outer = near + LEAD_IN * np.tan(LEAD_ANGLE), near + WALL
        collide_box(body, [0, -outer, FOOT], [LENGTH, outer, -DEPTH], FIXED)
        for name, side in (("left", 1), ("right", -1)):
            low, high = sorted((side * near, side * outer))
            collide_box(body, [LEAD_IN, low, -DEPTH], [LENGTH, high, 0], FIXED)
            section = [(LEAD_IN, near), (0, mouth), (0, outer), (LEAD_IN, outer)]
            corners = [(x, side * y, z) for x, y in section for z in (-DEPTH, 0)]
            collide_hull(spec, body, f"{name}_lead_in", corners, FIXED)
        self._show(body, near)

    def _show(self, body: mujoco.MjsBody, near: float) -> None:
        """A machine with a dark channel, an arrow along it and a lamp."""
        shell, accent = self.instance.body or _GREY, self.instance.accent or _GREEN
        outer = near + WALL * self.instance.scale
        show_box(body, [0, -outer, FOOT], [LENGTH, outer, -DEPTH], shell)
        mesh = {"type": mujoco.mjtGeom.mjGEOM_MESH, "contype": 0, "conaffinity": 0, "mass": 0.0, "group": 2}
        for name, side in (("left", 1), ("right", -1)):
            low, high = sorted((side * near, side * outer))
            show_box(body, [LEAD_IN, low, -DEPTH], [LENGTH, high, 0], shell)
            body.add_geom(meshname=f"{name}_lead_in", rgba=[*shell, 1.0], **mesh)
            low, high = sorted((side * (near + 0.0005), side * (near + 0.004)))
            show_box(body, [LEAD_IN, low, -0.002], [LENGTH, high, 0.0002], self.instance.face or (0.85, 0.86, 0.88))
        show_box(body, [0.001, -near, -DEPTH - 0.001], [LENGTH, near, -DEPTH + 0.0005], _DARK)
        show_box(body, [0.008, 0.010, -0.002], [0.020, 0.022, 0.0003], accent)
        show_box(body, [0.070, -0.024, -0.002], [0.095, -0.010, 0.0003], (0.75, 0.20, 0.15))

    def progress(self, part: Pose, before: float) -> float:
        """How far the leading edge has come along the channel; lifted out or jumped ahead, it begins anew."""
        x, y, z = part.apply(self.tip)
        deep = z < -MIN_DEPTH and abs(y) < MAX_LATERAL
        return float(x) if deep and 0 < x < before + GAP else 0.0

    def missed(self, part: Pose, progress: float) -> bool:
        """The card passes above the channel, or too high in it to be read."""
        return progress == 0.0 and bool(part.apply(self.tip)[0] > MISSED)

    def lateral_error(self, part: Pose, tcp: Pose) -> float | None:
        x, y, _ = part.apply(self.tip)
        return abs(float(y)) if x > -AT_FACE else None
