"""Plug in socket (paper A2): the two flat blades of a US plug (NEMA 1-15) into their slots, straight down."""

from __future__ import annotations

import mujoco

from vital_ros.sim.tasks.base import Insertion
from vital_ros.sim.tasks.housing import Paint, Slots
from vital_ros.sim.tasks.shapes import MOVING, collide_box, show_box, taper

# m; the blades stand side by side along the closing axis, their width along x of the tool
HALF_WIDTH, HALF_THICK, LENGTH, PITCH = 0.003175, 0.00075, 0.015, 0.0127
TAPER, TAPER_LENGTH = 0.0006, 0.002
SHOULDER, BODY, NECK = 0.020, (0.010, 0.010), (0.007, 0.0085)
CLEARANCE, BEVEL, DEPTH = 0.00025, 0.0004, 0.024

_METAL, _ORANGE = (0.80, 0.78, 0.70), (0.90, 0.45, 0.10)
_PAINT = Paint((0.92, 0.91, 0.87), (0.86, 0.84, 0.80), ((0.75, 0.12, 0.20), (0.20, 0.35, 0.75), (0.30, 0.30, 0.32)))
_EDGE = HALF_THICK + CLEARANCE
_SLOTS = Slots(HALF_WIDTH + CLEARANCE, [(y - _EDGE, y + _EDGE) for y in (-PITCH / 2, PITCH / 2)], DEPTH, BEVEL)


class PlugSocket(Insertion):
    name = "plug_socket"
    thickness = 2 * BODY[1]
    tip = (0.0, 0.0, SHOULDER + LENGTH)
    goal = 0.0135
    length = LENGTH
    slots, paint = _SLOTS, _PAINT
    tolerance = CLEARANCE + BEVEL + TAPER

    def add_part(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        shell = self.instance.part or _ORANGE
        for name, y in (("left_blade", -PITCH / 2), ("right_blade", PITCH / 2)):
            chamfer, reach = (TAPER, TAPER_LENGTH), (SHOULDER, self.tip[2])
            taper(spec, body, name, (HALF_WIDTH, HALF_THICK), reach, chamfer, _METAL, (0.0, y))
        for half, low, high in ((BODY, -0.008, 0.012), (NECK, 0.012, SHOULDER)):
            corners = [-half[0], -half[1], low], [*half, high]
            collide_box(body, *corners, MOVING)
            show_box(body, *corners, shell)
        body.mass, body.ipos, body.explicitinertial = 0.03, [0, 0, 0.008], True
        body.inertia = [4e-6, 4e-6, 3e-6]
