"""Two fingers that grasp by friction: slides driven with a bounded force, and pads that feel what presses on them."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from vital_ros.sim.config import CellConfig, FingerConfig
from vital_ros.sim.gripper import PAD_HALF, PAD_THICKNESS, gap_of, opening_for
from vital_ros.sim.tactile import PAD_FRAMES, Pad
from vital_ros.sim.tasks.shapes import MOVING
from vital_ros.sim.xarm7 import TCP_OFFSET

Array = NDArray[np.float64]

_SIDES = (("left", 1), ("right", -1))
_MASS = 0.1  # kg, of a finger
_LIFTED = 0.010
"""m above where it stood from which on a block without fingers on it counts as lost."""


def add_fingers(spec: mujoco.MjSpec, flange: mujoco.MjsBody, config: FingerConfig) -> None:
    """Hang `left` and `right` finger on slides along y of link_tcp; position 0: their pads meet."""
    stroke = gap_of(1.0) / 2
    for name, mirror in _SIDES:
        finger = flange.add_body(name=f"{name}_slide", pos=[0, 0, TCP_OFFSET])
        finger.mass, finger.inertia, finger.explicitinertial = _MASS, [1e-5] * 3, True
        finger.add_joint(name=f"{name}_slide", type=mujoco.mjtJoint.mjJNT_SLIDE, axis=[0, mirror, 0], limited=True,
                         range=[0, stroke + 0.001], damping=[5.0, 0, 0])  # fmt: skip
        pad = finger.add_geom(name=f"{name}_pad_collision", type=mujoco.mjtGeom.mjGEOM_BOX, mass=0, group=3,
                              pos=[0, mirror * PAD_THICKNESS / 2, 0],
                              size=[PAD_HALF[0], PAD_THICKNESS / 2, PAD_HALF[1]])  # fmt: skip
        shank = finger.add_geom(name=f"{name}_finger_collision", type=mujoco.mjtGeom.mjGEOM_BOX, mass=0, group=3,
                                pos=[0, mirror * (PAD_THICKNESS + 0.004), -0.020],
                                size=[0.011, 0.004, 0.029])  # fmt: skip
        for geom in (pad, shank):
            geom.contype, geom.conaffinity = MOVING
        pad.condim = 4
        servo = spec.add_actuator(name=f"{name}_slide", target=f"{name}_slide", trntype=mujoco.mjtTrn.mjTRN_JOINT)
        servo.set_to_position(kp=config.stiffness, kv=2 * np.sqrt(config.stiffness * _MASS))
        servo.forcelimited, servo.forcerange = True, [-config.force, config.force]


def add_block(spec: mujoco.MjSpec) -> mujoco.MjsBody:
    """A body that lies free."""
    body = spec.worldbody.add_body(name="part")
    body.add_freejoint(name="part")
    return body


class Fingers:
    """The fingers of one running cell."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, cell: CellConfig):
        self._model, self._data, self._friction = model, data, cell.fingers.friction
        self._stroke = cell.physics.gripper_speed / cell.physics.servo_rate
        self._joints = [int(model.joint(f"{name}_slide").qposadr[0]) for name, _ in _SIDES]
        self._servos = [int(model.actuator(f"{name}_slide").id) for name, _ in _SIDES]
        self._pads = [int(model.geom(f"{name}_pad_collision").id) for name, _ in _SIDES]
        self._block = int(model.body("part").id)
        self._tcp = int(model.site("link_tcp").id)
        self.reset(1.0)

    def reset(self, friction: float) -> None:
        self._model.geom_friction[self._pads, 0] = self._friction * friction
        self._goal = self.opening = 1.0
        self._data.qpos[self._joints] = self._data.ctrl[self._servos] = gap_of(1.0) / 2
        self._lies: float | None = None  # m, height of the block before it is touched
        self._contacts: list[tuple[Array, Array]] = [(np.empty((0, 3)), np.empty((0, 3)))] * len(_SIDES)

    def drive(self, goal: float) -> None:
        self._goal += float(np.clip(goal - self._goal, -self._stroke, self._stroke))
        self._data.ctrl[self._servos] = gap_of(self._goal) / 2

    def settle(self) -> None:
        if self._lies is None:
            self._lies = float(self._data.xpos[self._block][2])
        measured = opening_for(float(np.sum(self._data.qpos[self._joints])), clip=True)
        self.opening = round(measured, 3)  # an encoder's steps: fingers at rest read the same
        self._contacts = [self._on_pad(pad) for pad in self._pads]

    @property
    def strain(self) -> Array:
        return np.zeros(6)

    @property
    def slipped(self) -> float:
        return 0.0

    @property
    def lost(self) -> bool:
        """The block falls."""
        free = not any(len(points) for points, _ in self._contacts)
        return free and self._lies is not None and self._data.xpos[self._block][2] > self._lies + _LIFTED

    def displacement(self, index: int, skin: Pad) -> Array:
        (points, forces), frame = self._contacts[index], PAD_FRAMES[index]
        return skin.pressed(points @ frame, forces @ frame)

    def _on_pad(self, pad: int) -> tuple[Array, Array]:
        """Contact points (n, 3), m, about the pad's centre, and forces on the pad (n, 3), N, in axes of link_tcp."""
        points, forces, wrench = [], [], np.zeros(6)
        hand = self._data.site_xmat[self._tcp].reshape(3, 3)
        for index in range(self._data.ncon):
            contact = self._data.contact[index]
            if pad not in (contact.geom1, contact.geom2):
                continue
            mujoco.mj_contactForce(self._model, self._data, index, wrench)
            force = contact.frame.reshape(3, 3).T @ wrench[:3]  # on the second geom, along the world's axes
            points.append(hand.T @ (contact.pos - self._data.geom_xpos[pad]))
            forces.append(hand.T @ (force if contact.geom2 == pad else -force))
        return np.reshape(points, (-1, 3)), np.reshape(forces, (-1, 3))
