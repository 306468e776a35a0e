"""Blocks that stand on the table and have slots in their top face, with bevelled edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import mujoco

from vital_ros.sim.instance import Instance
from vital_ros.sim.tasks.shapes import FIXED, collide_box, collide_hull, prism, show_box, show_disc

FOOT = -0.12
"""m, z of a housing's foot: it reaches through the table, so that it stands wherever it is lifted to."""
RADIUS = 0.030
"""m, half size of the face, before Instance.scale."""
Colour = tuple[float, float, float]


class Slots(NamedTuple):
    """Openings of one size in a row along y, m."""

    half_x: float
    spans: Sequence[tuple[float, float]]
    """y of both edges of each, rising."""
    depth: float
    bevel: float
    """Width and height of the 45 degree bevel along every edge."""


class Paint(NamedTuple):
    """What a housing looks like unless its instance says otherwise."""

    body: Colour
    face: Colour
    accents: tuple[Colour, Colour, Colour]


def collide_housing(spec: mujoco.MjSpec, body: mujoco.MjsBody, slots: Slots, instance: Instance) -> None:
    """Walls around the slots, a floor below them, and the foot."""
    outer = RADIUS * instance.scale * (1.0 if instance.shape == "box" else 0.8)  # a square within the disc
    collide_box(body, [-outer, -outer, FOOT], [outer, outer, -slots.depth], FIXED)
    edges = [-outer, *(edge for span in slots.spans for edge in span), outer]
    walls = [(0, -outer, -slots.half_x), (0, slots.half_x, outer)]
    walls += [(1, edges[i], edges[i + 1]) for i in range(0, len(edges), 2)]
    for index, (axis, low, high) in enumerate(walls):
        near, far = [-outer] * 2 + [-slots.depth], [outer] * 2 + [-slots.bevel]
        near[axis], far[axis] = low, high
        collide_box(body, near, far, FIXED)
        left, right = (0.0 if edge in (-outer, outer) else slots.bevel for edge in (low, high))
        section = [(low, -slots.bevel), (low + left, 0.0), (high - right, 0.0), (high, -slots.bevel)]
        collide_hull(spec, body, f"bevel{index}", prism(section, axis, -outer, outer), FIXED)


def show_housing(body: mujoco.MjsBody, paint: Paint, instance: Instance) -> None:
    """The block, a disc for a face, and a coloured pattern that tells its corners apart."""
    outer, top = RADIUS * instance.scale, 0.0
    shell, face = instance.body or paint.body, instance.face or paint.face
    accents = [instance.accent or accent for accent in paint.accents]
    near, far = 0.4 * outer, 0.87 * outer
    if instance.shape == "box":
        show_box(body, [-outer, -outer, FOOT], [outer, outer, top - 0.0004], shell)
    else:
        show_disc(body, outer, FOOT, top - 0.0004, shell)
        near, far = 0.4 * outer, 0.68 * outer
    for (sx, sy), rgb in zip(((1, 1), (-1, 1), (-1, -1)), accents, strict=True):
        low, high = sorted((sx * near, sx * far)), sorted((sy * near, sy * far))
        show_box(body, [low[0], high[0], -0.002], [low[1], high[1], top - 0.0002], rgb)
    show_disc(body, 0.017, -0.002, top - 0.0001, (0.05, 0.05, 0.06))
    show_disc(body, 0.014, -0.002, top, face)


def show_slots(body: mujoco.MjsBody, slots: Slots, rgb: Colour = (0.05, 0.05, 0.06)) -> None:
    """The openings as the eye sees them: dark, as wide as half way down their bevels."""
    margin = slots.bevel / 2
    for low, high in slots.spans:
        show_box(
            body, [-slots.half_x - margin, low - margin, -0.002], [slots.half_x + margin, high + margin, 0.0001], rgb
        )
