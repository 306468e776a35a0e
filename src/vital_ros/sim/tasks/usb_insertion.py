"""USB insertion (paper A2): a USB-A stick into its socket, straight down."""

from __future__ import annotations

import mujoco

from vital_ros.sim.tasks.base import Insertion
from vital_ros.sim.tasks.housing import Paint, Slots
from vital_ros.sim.tasks.shapes import MOVING, collide_box, show_box, taper

# m; the shell's width lies along x of the tool, its thickness along the closing axis
HALF_WIDTH, HALF_THICK, LENGTH = 0.006, 0.00225, 0.0118
TAPER, TAPER_LENGTH = 0.0005, 0.002
SHOULDER, BODY = 0.020, (0.009, 0.004)
CLEARANCE, BEVEL, DEPTH = (0.00025, 0.0003), 0.0004, 0.014

_METAL, _BLUE, _WHITE = (0.78, 0.79, 0.81), (0.15, 0.40, 0.90), (0.95, 0.95, 0.95)
_PAINT = Paint((0.55, 0.57, 0.60), (0.72, 0.74, 0.77), ((0.90, 0.55, 0.10), (0.95, 0.95, 0.95), (0.85, 0.15, 0.20)))
_EDGE = HALF_THICK + CLEARANCE[1]
_SLOTS = Slots(HALF_WIDTH + CLEARANCE[0], [(-_EDGE, _EDGE)], DEPTH, BEVEL)


class UsbInsertion(Insertion):
    name = "usb_insertion"
    thickness = 2 * BODY[1]
    tip = (0.0, 0.0, SHOULDER + LENGTH)
    goal = 0.010
    length = LENGTH
    slots, paint = _SLOTS, _PAINT
    tolerance = CLEARANCE[0] + BEVEL + TAPER

    def add_part(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        shell = self.instance.part or _BLUE
        taper(spec, body, "shell", (HALF_WIDTH, HALF_THICK), (SHOULDER, self.tip[2]), (TAPER, TAPER_LENGTH), _METAL)
        corners = [-BODY[0], -BODY[1], -0.020], [*BODY, SHOULDER]
        collide_box(body, *corners, MOVING)
        show_box(body, *corners, shell)
        body.mass, body.ipos, body.explicitinertial = 0.02, [0, 0, 0.004], True
        body.inertia = [4e-6, 4e-6, 1e-6]

    def add_fixture(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        super().add_fixture(spec, body)
        show_box(body, [-0.0055, 0.0002, -0.002], [0.0055, 0.0018, 0.0002], _WHITE)  # the contacts' tongue
