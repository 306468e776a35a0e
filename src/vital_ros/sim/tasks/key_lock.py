"""Key in lock (paper A2): a flat key into a keyway, straight down."""

from __future__ import annotations

import mujoco

from vital_ros.sim.tasks.base import Insertion
from vital_ros.sim.tasks.housing import Paint, Slots
from vital_ros.sim.tasks.shapes import MOVING, collide_box, show_box, taper

# m; the blade's width lies along x of the tool, its thickness along the closing axis
HALF_WIDTH, HALF_THICK, LENGTH = 0.004, 0.001, 0.024
TAPER, TAPER_LENGTH = 0.0006, 0.002
SHOULDER = 0.020
CLEARANCE, BEVEL, DEPTH = 0.00025, 0.0005, 0.028

_BRASS = (0.86, 0.64, 0.20)
_PAINT = Paint((0.16, 0.27, 0.62), (0.80, 0.81, 0.83), ((0.80, 0.12, 0.12), (0.95, 0.95, 0.95), (0.95, 0.82, 0.10)))
_SLOTS = Slots(HALF_WIDTH + CLEARANCE, [(-HALF_THICK - CLEARANCE, HALF_THICK + CLEARANCE)], DEPTH, BEVEL)


class KeyLock(Insertion):
    name = "key_lock"
    thickness = 0.003
    tip = (0.0, 0.0, SHOULDER + LENGTH)
    goal = 0.020
    length = LENGTH
    slots, paint = _SLOTS, _PAINT
    tolerance = CLEARANCE + BEVEL + TAPER

    def add_part(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        brass = self.instance.part or _BRASS
        taper(spec, body, "key", (HALF_WIDTH, HALF_THICK), (SHOULDER, self.tip[2]), (TAPER, TAPER_LENGTH), brass)
        collide_box(body, [-0.006, -0.002, 0.010], [0.006, 0.002, SHOULDER], MOVING)
        body.mass, body.ipos, body.explicitinertial = 0.03, [0, 0, 0.012], True
        body.inertia = [1.5e-5, 1.5e-5, 2e-6]
        show_box(body, [-0.011, -0.0015, -0.014], [0.011, 0.0015, 0.010], brass)
        show_box(body, [-0.006, -0.002, 0.010], [0.006, 0.002, SHOULDER], brass)
