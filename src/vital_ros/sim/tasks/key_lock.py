"""Key in lock (paper A2): a flat key into a keyway, straight down."""

from __future__ import annotations

import mujoco
import numpy as np

from vital_ros.geometry import Pose
from vital_ros.sim.tasks.base import Task
from vital_ros.sim.tasks.shapes import FIXED, MOVING, collide_box, collide_hull, frustum, show_box, show_disc

# m; the blade's width lies along x of the tool, its thickness along the closing axis
WIDTH, THICK, LENGTH = 0.008, 0.002, 0.024
TAPER, TAPER_HEIGHT = 0.0006, 0.002
SHOULDER = 0.020
CLEARANCE, FUNNEL = 0.00025, 0.0005
HOLE_DEPTH, HOUSING_HALF, HOUSING_HEIGHT = 0.028, 0.030, 0.050

_BRASS, _STEEL, _DARK = (0.86, 0.64, 0.20), (0.80, 0.81, 0.83), (0.05, 0.05, 0.06)
_BLUE, _RED, _WHITE, _YELLOW = (0.16, 0.27, 0.62), (0.80, 0.12, 0.12), (0.95, 0.95, 0.95), (0.95, 0.82, 0.10)


class KeyLock(Task):
    name = "key_lock"
    thickness = 0.003
    tip = (0.0, 0.0, SHOULDER + LENGTH)
    goal_depth = 0.020

    def add_held(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        half = np.array([WIDTH, THICK]) / 2
        straight = SHOULDER + LENGTH - TAPER_HEIGHT
        collide_box(body, [*-half, SHOULDER], [*half, straight], MOVING)
        tip = frustum(half, half - TAPER, straight, self.tip[2])
        collide_hull(spec, body, "key_tip", tip, MOVING)
        collide_box(body, [-0.006, -0.002, 0.010], [0.006, 0.002, SHOULDER], MOVING)
        body.mass, body.ipos, body.explicitinertial = 0.03, [0, 0, 0.012], True
        body.inertia = [1.5e-5, 1.5e-5, 2e-6]
        show_box(body, [-0.011, -0.0015, -0.014], [0.011, 0.0015, 0.010], _BRASS)
        show_box(body, [-0.006, -0.002, 0.010], [0.006, 0.002, SHOULDER], _BRASS)
        show_box(body, [*-half, SHOULDER], [*half, straight], _BRASS)
        body.add_geom(type=mujoco.mjtGeom.mjGEOM_MESH, meshname="key_tip", rgba=[*_BRASS, 1.0], group=2,
                      contype=0, conaffinity=0, mass=0.0)  # fmt: skip

    def add_fixture(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        outer = HOUSING_HALF
        hole = np.array([WIDTH, THICK]) / 2 + CLEARANCE
        collide_box(body, [-outer, -outer, -HOUSING_HEIGHT], [outer, outer, -HOLE_DEPTH], FIXED)
        for axis, side in ((0, 1), (0, -1), (1, 1), (1, -1)):
            edge = hole[axis]
            low, high = [-outer] * 2 + [-HOLE_DEPTH], [outer] * 2 + [-FUNNEL]
            low[axis], high[axis] = sorted((side * edge, side * outer))
            collide_box(body, low, high, FIXED)
            section = [(edge, -FUNNEL), (edge + FUNNEL, 0), (outer, 0), (outer, -FUNNEL)]
            corners = np.zeros((8, 3))
            for index, (distance, z) in enumerate(section):
                corners[2 * index : 2 * index + 2, axis] = side * distance
                corners[2 * index : 2 * index + 2, 1 - axis] = (-outer, outer)
                corners[2 * index : 2 * index + 2, 2] = z
            collide_hull(spec, body, f"funnel_{'xy'[axis]}{'+' if side > 0 else '-'}", corners, FIXED)
        self._show_lock(body)

    def _show_lock(self, body: mujoco.MjsBody) -> None:
        """A blue housing with a steel face, a coloured pattern that tells its corners apart, and the keyhole."""
        outer, top = HOUSING_HALF, 0.0
        show_box(body, [-outer, -outer, -HOUSING_HEIGHT], [outer, outer, top - 0.0004], _BLUE)
        show_box(body, [0.012, 0.012, -0.002], [0.026, 0.026, top - 0.0002], _RED)
        show_box(body, [-0.026, 0.012, -0.002], [-0.012, 0.026, top - 0.0002], _WHITE)
        show_box(body, [-0.026, -0.026, -0.002], [-0.012, -0.012, top - 0.0002], _YELLOW)
        show_disc(body, 0.017, -0.002, top - 0.0001, _DARK)
        show_disc(body, 0.014, -0.002, top, _STEEL)
        hole = np.array([WIDTH, THICK]) / 2 + CLEARANCE + FUNNEL / 2
        show_box(body, [*-hole, -0.002], [*hole, top + 0.0001], _DARK)

    def done(self, held: Pose) -> bool:
        lateral = float(np.hypot(*held.apply(self.tip)[:2]))
        return self.depth(held) > self.goal_depth and lateral < 0.004
