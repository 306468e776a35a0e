"""How the pads hold a part: on six springs that slip above a force.

The springs give the pads' compliance, the tactile signal and a force limit. A grip by friction creeps, a weld pushes
parts through walls.
"""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from vital_ros.sim.config import GripConfig
from vital_ros.sim.xarm7 import TCP_OFFSET

_JOINTS = [f"held_{kind}_{axis}" for kind in ("slide", "hinge") for axis in "xyz"]
_MASS, _INERTIA = 0.06, 3e-5
"""kg and kg m2 that the damping is made for; half of the mass and most of the inertia are armature."""


def add_bushing(flange: mujoco.MjsBody, grip: GripConfig) -> mujoco.MjsBody:
    """Add `grasp` (fixed, moved per episode) and on its springs `held`, both at link_tcp; returns `held`."""
    grasp = flange.add_body(name="grasp", pos=[0, 0, TCP_OFFSET])
    held = grasp.add_body(name="held")
    stiffness = (grip.shear, grip.normal, grip.shear, grip.tilt, grip.twist, grip.tilt)
    for index, (name, k) in enumerate(zip(_JOINTS, stiffness, strict=True)):
        slide = index < 3
        held.add_joint(
            name=name,
            type=mujoco.mjtJoint.mjJNT_SLIDE if slide else mujoco.mjtJoint.mjJNT_HINGE,
            axis=np.eye(3)[index % 3],
            stiffness=[k, 0, 0],
            damping=[2 * grip.damping_ratio * np.sqrt(k * (_MASS if slide else _INERTIA)), 0, 0],
            armature=0.03 if slide else 2e-5,
            limited=True,
            range=[-0.02, 0.02] if slide else [-0.35, 0.35],
        )
    return held


class Grip:
    """The springs of one running cell; axes are those of link_tcp, y the closing axis."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, config: GripConfig):
        self._rest, self._position = model.qpos_spring, data.qpos
        self._joints = [int(model.joint(name).qposadr[0]) for name in _JOINTS]
        never = np.inf
        self._yield = np.array([config.slip, never, config.slip, never, config.slip_twist, never])

    def reset(self) -> None:
        """Hold the part as it was grasped."""
        self._rest[self._joints] = 0.0

    def give_way(self) -> None:
        """Let the part slip where a spring is strained beyond its limit."""
        self._rest[self._joints] += self.strain - np.clip(self.strain, -self._yield, self._yield)

    @property
    def strain(self) -> NDArray[np.float64]:
        """Elastic motion of the part in the pads, m and rad, shape (6,)."""
        return np.asarray(self._position[self._joints] - self._rest[self._joints])

    @property
    def slipped(self) -> float:
        """How far the part has slid along the pads, m."""
        return float(np.linalg.norm(self._rest[self._joints[:3]]))
