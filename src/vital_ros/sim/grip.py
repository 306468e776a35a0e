"""How the pads hold a part: on six springs that slip above a force.

The springs give the pads' compliance, the tactile signal and a force limit. A grip by friction creeps, a weld pushes
parts through walls.
"""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from vital_ros.sim.config import GripConfig, PhysicsConfig
from vital_ros.sim.tactile import PAD_FRAMES, Indentation, Pad
from vital_ros.sim.xarm7 import TCP_OFFSET

_JOINTS = [f"held_{kind}_{axis}" for kind in ("slide", "hinge") for axis in "xyz"]
_MASS = 0.06
"""kg that the damping is made for; half of it is armature."""
_PART_INERTIA = 1e-5
"""kg m2 of a part, about; the rest of GripConfig.inertia is armature."""
_OPENED = 0.05
"""Opening beyond that of the grip at which the part falls out."""


def add_bushing(flange: mujoco.MjsBody, grip: GripConfig) -> mujoco.MjsBody:
    """Add `grasp` (fixed, moved per episode) and on its springs `part`, both at link_tcp; returns `part`."""
    grasp = flange.add_body(name="grasp", pos=[0, 0, TCP_OFFSET])
    part = grasp.add_body(name="part")
    stiffness = (grip.shear, grip.normal, grip.shear, grip.tilt, grip.twist, grip.tilt)
    for index, (name, k) in enumerate(zip(_JOINTS, stiffness, strict=True)):
        slide = index < 3
        part.add_joint(
            name=name,
            type=mujoco.mjtJoint.mjJNT_SLIDE if slide else mujoco.mjtJoint.mjJNT_HINGE,
            axis=np.eye(3)[index % 3],
            stiffness=[k, 0, 0],
            damping=[2 * grip.damping_ratio * np.sqrt(k * (_MASS if slide else grip.inertia)), 0, 0],
            armature=_MASS / 2 if slide else grip.inertia - _PART_INERTIA,
            limited=True,
            range=[-0.02, 0.02] if slide else [-0.35, 0.35],
        )
    return part


class Grip:
    """The springs of one running cell; axes are those of link_tcp, y the closing axis.

    Args:
        closed: opening at which the pads touch the part.
    """

    def __init__(
        self, model: mujoco.MjModel, data: mujoco.MjData, config: GripConfig, closed: float, physics: PhysicsConfig
    ):
        self._rest, self._position = model.qpos_spring, data.qpos
        self._joints = [int(model.joint(name).qposadr[0]) for name in _JOINTS]
        never = np.inf
        self._yield = np.array([config.slip, never, config.slip, never, config.slip_twist, never])
        self._drop, self._closed = config.drop, closed
        self._stroke = physics.gripper_speed / physics.servo_rate
        self.reset(1.0)

    def reset(self, friction: float) -> None:
        """Hold the part as it was grasped."""
        self._rest[self._joints] = 0.0
        self.opening, self._released = self._closed, False

    def drive(self, goal: float) -> None:
        goal = goal if self._released else max(goal, self._closed)
        self.opening += float(np.clip(goal - self.opening, -self._stroke, self._stroke))
        self._released |= self.opening > self._closed + _OPENED

    def settle(self) -> None:
        """Let the part slip where a spring is strained beyond its limit."""
        self._rest[self._joints] += self.strain - np.clip(self.strain, -self._yield, self._yield)

    @property
    def strain(self) -> NDArray[np.float64]:
        return np.asarray(self._position[self._joints] - self._rest[self._joints])

    @property
    def slipped(self) -> float:
        return float(np.linalg.norm(self._rest[self._joints[:3]]))

    @property
    def lost(self) -> bool:
        return self._released or self.slipped > self._drop

    def displacement(self, index: int, skin: Pad) -> NDArray[np.float64]:
        """A skin feels the elastic part of the springs' motion."""
        strain, frame = self.strain, PAD_FRAMES[index]
        return skin.carried(Indentation(frame.T @ strain[:3], frame.T @ strain[3:]))
