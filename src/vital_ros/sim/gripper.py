"""The xArm gripper: a linkage that follows one angle, posed and not simulated; see `grip` for how it holds."""

from __future__ import annotations

from typing import NamedTuple

import mujoco
import numpy as np

from vital_ros.sim.xarm7 import TCP_OFFSET, add_visual

CLOSED_ANGLE = 0.85
"""rad, drive joint when closed; 0 when open."""
PAD_THICKNESS = 0.006
PAD_HALF = (0.011, 0.009)
"""m, half sizes of a skin along the gripper's x and z."""


class Link(NamedTuple):
    """One link of the left half; the right half mirrors y."""

    name: str
    parent: str | None
    y: float
    z: float
    sign: int
    """Direction in which it turns about x when the gripper closes (left half)."""


_LINKS = (
    Link("outer_knuckle", None, 0.035, 0.059098, 1),
    Link("finger", "outer_knuckle", 0.035465, 0.042039, -1),
    Link("inner_knuckle", None, 0.02, 0.074098, 1),
)
_FINGER_TO_FACE = 0.028
"""m, from the finger's frame to the face that grips."""


def add_gripper(spec: mujoco.MjSpec, flange: mujoco.MjsBody, opening: float, solid: bool = False) -> None:
    """Add the gripper to the flange; its pads meet link_tcp's height at `opening`.

    Args:
        solid: with collision boxes where the fingers are then.
    """
    body = flange.add_body(name="gripper")
    body.mass, body.ipos, body.inertia, body.explicitinertial = 0.82, [0, 0, 0.07], [1e-3] * 3, True
    add_visual(spec, body, "base_link", [0.8, 0.8, 0.8, 1], group=2)
    for side, mirror in (("left", 1), ("right", -1)):
        for link in _LINKS:
            parent = spec.body(f"{side}_{link.parent}") if link.parent else body
            part = parent.add_body(name=f"{side}_{link.name}", pos=[0, mirror * link.y, link.z])
            part.mass, part.inertia, part.explicitinertial = 1e-3, [1e-7] * 3, True
            add_visual(spec, part, part.name, [0.12, 0.12, 0.13, 1], group=2)
        face = mirror * (_half_gap(opening) - PAD_THICKNESS / 2)
        finger = spec.body(f"{side}_finger")
        finger.add_geom(name=f"{side}_pad", type=mujoco.mjtGeom.mjGEOM_BOX, contype=0, conaffinity=0, mass=0, group=2,
                        pos=[0, -mirror * (_FINGER_TO_FACE + PAD_THICKNESS / 2), _pad_height(opening)],
                        size=[PAD_HALF[0], PAD_THICKNESS / 2, PAD_HALF[1]], rgba=[0.16, 0.16, 0.2, 1])  # fmt: skip
        if solid:
            body.add_geom(name=f"{side}_finger_collision", type=mujoco.mjtGeom.mjGEOM_BOX, mass=0, group=3,
                          pos=[0, face + mirror * 0.008, TCP_OFFSET - 0.02], size=[0.011, 0.009, 0.025],
                          contype=1, conaffinity=2)  # fmt: skip


def pose_linkage(model: mujoco.MjModel, opening: float) -> None:
    """Turn the linkage of `model` to an opening, 0 closed .. 1 open."""
    half = CLOSED_ANGLE * (1 - opening) / 2
    for side, mirror in (("left", 1), ("right", -1)):
        for link in _LINKS:
            # seen from outside the left half turns towards -y, the right one towards +y
            model.body(f"{side}_{link.name}").quat[:] = (np.cos(half), mirror * link.sign * np.sin(half), 0, 0)


def gap_of(opening: float) -> float:
    """m between the pads at an opening, 0 or more."""
    return max(0.0, 2 * (_half_gap(opening) - PAD_THICKNESS))


def opening_for(thickness: float, clip: bool = False) -> float:
    """Opening (0..1) at which the pads touch a part of this thickness (m).

    Raises:
        ValueError: it does not fit between them, unless `clip`.
    """
    if thickness > _GAPS[-1] and not clip:
        raise ValueError(f"a part of {1e3 * thickness:.0f} mm does not fit between the pads")
    return float(np.interp(thickness, _GAPS, _OPENINGS))


def _half_gap(opening: float) -> float:
    angle = CLOSED_ANGLE * (1 - opening)
    knuckle, finger = _LINKS[0], _LINKS[1]
    return knuckle.y + finger.y * np.cos(angle) - finger.z * np.sin(angle) - _FINGER_TO_FACE


def _pad_height(opening: float) -> float:
    """z of the TCP in the finger's frame."""
    angle = CLOSED_ANGLE * (1 - opening)
    knuckle, finger = _LINKS[0], _LINKS[1]
    return TCP_OFFSET - (knuckle.z + finger.y * np.sin(angle) + finger.z * np.cos(angle))


_OPENINGS = np.linspace(0, 1, 1001)
_GAPS = np.array([2 * (_half_gap(opening) - PAD_THICKNESS) for opening in _OPENINGS])
