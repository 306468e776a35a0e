"""The xArm 7 as a chain of bodies: kinematics from its modified DH table, meshes for the eye only.

The table is UFACTORY's (user manual, checked against xarm_description); bodies are named as its URDF links. Robot
meshes come from the `gym-xarm` wheel and do not collide; without it capsules stand in.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import mujoco
import numpy as np
from numpy.typing import NDArray

from vital_ros.sim.config import PhysicsConfig


class Joint(NamedTuple):
    """One row of the modified DH table (Craig), with limits and servo."""

    alpha: float
    """rad, twist of the previous link."""
    a: float
    """m"""
    d: float
    """m"""
    low: float
    """rad"""
    high: float
    """rad"""
    mass: float
    """kg, of the link it moves."""
    stiffness: float
    """Nm/rad, before PhysicsConfig.servo_gain."""
    torque: float
    """Nm, rated."""


_RIGHT = np.pi / 2
JOINTS = (
    Joint(0, 0, 0.267, -6.28319, 6.28319, 2.382, 1500, 50),
    Joint(-_RIGHT, 0, 0, -2.059, 2.0944, 1.869, 1500, 50),
    Joint(_RIGHT, 0, 0.293, -6.28319, 6.28319, 1.638, 1000, 30),
    Joint(_RIGHT, 0.0525, 0, -0.19198, 3.927, 1.727, 1000, 30),
    Joint(_RIGHT, 0.0775, 0.3425, -6.28319, 6.28319, 1.320, 1000, 30),
    Joint(_RIGHT, 0, 0, -1.69297, 3.14159, 1.325, 800, 20),
    Joint(-_RIGHT, 0.076, 0.097, -6.28319, 6.28319, 0.17, 800, 20),
)
HOME: NDArray[np.float64] = np.array([0, -0.247, 0, 0.909, 0, 1.15644, 0])
"""rad, tool straight down."""
ARM_GROUP = 1
"""Geom group of what the wrist camera never sees: drawing it there would cost a quarter of the picture's time."""
TCP_OFFSET = 0.172
"""m, from the flange (link7, where the gripper base sits) along its z."""


def mesh_directory() -> Path | None:
    """Folder of the robot's STL files, None when gym-xarm is not installed."""
    spec = find_spec("gym_xarm")
    for location in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(location) / "tasks" / "assets" / "mesh"
        if folder.is_dir():
            return folder
    return None


def add_visual(spec: mujoco.MjSpec, body: mujoco.MjsBody, mesh: str, rgba: list[float], group: int) -> None:
    """Hang the robot mesh `mesh` on a body; nothing when the meshes are missing."""
    folder = mesh_directory()
    if folder is None:
        return
    if spec.mesh(mesh) is None:
        spec.add_mesh(name=mesh, file=str(folder / f"{mesh}.stl"))
    geom = body.add_geom(type=mujoco.mjtGeom.mjGEOM_MESH, meshname=mesh, contype=0, conaffinity=0)
    geom.rgba, geom.group, geom.mass = rgba, group, 0.0


def add_arm(spec: mujoco.MjSpec, physics: PhysicsConfig) -> mujoco.MjsBody:
    """Add links, joints and position servos `joint1`..`joint7` to the world; returns link7."""
    body = spec.worldbody.add_body(name="link_base")
    add_visual(spec, body, "link_base", _WHITE, ARM_GROUP)
    for number, joint in enumerate(JOINTS, start=1):
        s, c = np.sin(joint.alpha), np.cos(joint.alpha)
        offset = [joint.a, -s * joint.d, c * joint.d]
        if mesh_directory() is None and np.linalg.norm(offset) > 0.05:
            body.add_geom(type=mujoco.mjtGeom.mjGEOM_CAPSULE, fromto=[0, 0, 0, *offset], size=[0.045, 0, 0],
                          contype=0, conaffinity=0, mass=0.0, rgba=_WHITE, group=ARM_GROUP)  # fmt: skip
        body = body.add_body(
            name=f"link{number}", pos=offset, quat=[np.cos(joint.alpha / 2), np.sin(joint.alpha / 2), 0, 0]
        )
        body.mass, body.ipos, body.explicitinertial = joint.mass, [0.0, 0.0, 0.0], True
        body.inertia = [joint.mass * 0.005] * 3  # a ball of 11 cm: the armature outweighs it
        body.add_joint(name=f"joint{number}", type=mujoco.mjtJoint.mjJNT_HINGE, axis=[0, 0, 1], limited=True,
                       range=[joint.low, joint.high], armature=0.1, frictionloss=0.1)  # fmt: skip
        add_visual(spec, body, f"link{number}", _WHITE if number < 7 else _SILVER, ARM_GROUP)
        stiffness = physics.servo_gain * joint.stiffness
        servo = spec.add_actuator(name=f"joint{number}", target=f"joint{number}", trntype=mujoco.mjtTrn.mjTRN_JOINT)
        servo.set_to_position(kp=stiffness, kv=2 * np.sqrt(0.6 * stiffness))
        servo.forcelimited, servo.forcerange = True, [-2 * joint.torque, 2 * joint.torque]
    body.add_site(name="link_tcp", pos=[0, 0, TCP_OFFSET], size=[0.001] * 3, group=5)
    return body


_WHITE = [0.93, 0.93, 0.93, 1.0]
_SILVER = [0.75, 0.75, 0.75, 1.0]
