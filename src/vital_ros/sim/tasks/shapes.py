"""Geoms of the tasks: what collides and what is seen, kept apart."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

MOVING, FIXED, FREE = (1, 2), (2, 1), (3, 3)
"""(contype, conaffinity): what the hand moves meets fixtures and the table, what lies free meets both."""

_BOX, _CYLINDER, _MESH = mujoco.mjtGeom.mjGEOM_BOX, mujoco.mjtGeom.mjGEOM_CYLINDER, mujoco.mjtGeom.mjGEOM_MESH


def collide_box(body: mujoco.MjsBody, low: ArrayLike, high: ArrayLike, bits: tuple[int, int]) -> mujoco.MjsGeom:
    """A box between two corners, m."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    geom = body.add_geom(type=_BOX, pos=(low + high) / 2, size=(high - low) / 2, mass=0.0, group=3)
    geom.contype, geom.conaffinity = bits
    return geom


def collide_hull(
    spec: mujoco.MjSpec, body: mujoco.MjsBody, name: str, points: ArrayLike, bits: tuple[int, int]
) -> mujoco.MjsGeom:
    """The convex hull of points, m, (n, 3)."""
    spec.add_mesh(name=name, uservert=np.asarray(points, float).ravel())
    geom = body.add_geom(type=_MESH, meshname=name, mass=0.0, group=3)
    geom.contype, geom.conaffinity = bits
    return geom


def frustum(
    low: ArrayLike, high: ArrayLike, z_low: float, z_high: float, centre: ArrayLike = (0.0, 0.0)
) -> NDArray[np.float64]:
    """Corners of a truncated pyramid with half sizes `low` at z_low and `high` at z_high, m, (8, 3)."""
    signs = np.array([(sx, sy) for sx in (-1, 1) for sy in (-1, 1)])
    bottom = np.column_stack([np.asarray(centre) + signs * np.asarray(low), np.full(4, z_low)])
    top = np.column_stack([np.asarray(centre) + signs * np.asarray(high), np.full(4, z_high)])
    return np.vstack([bottom, top])


def prism(section: Sequence[tuple[float, float]], axis: int, low: float, high: float) -> NDArray[np.float64]:
    """Corners of a prism, m, (2 n, 3): a section of (distance along `axis`, z) drawn out along the other axis."""
    corners = np.zeros((2 * len(section), 3))
    for index, (distance, z) in enumerate(section):
        corners[2 * index : 2 * index + 2, axis] = distance
        corners[2 * index : 2 * index + 2, 1 - axis] = (low, high)
        corners[2 * index : 2 * index + 2, 2] = z
    return corners


def taper(
    spec: mujoco.MjSpec,
    body: mujoco.MjsBody,
    name: str,
    half: ArrayLike,
    reach: tuple[float, float],
    chamfer: tuple[float, float],
    rgb: Sequence[float],
    centre: tuple[float, float] = (0.0, 0.0),
) -> None:
    """A blade of the held part along z with a tapered tip, seen and felt.

    Args:
        half: half sizes of its section along x and y.
        reach: z of its root and of its tip.
        chamfer: how much narrower the tip is on every side, and how long the taper is.
        centre: x and y of its axis.
    """
    half, middle = np.asarray(half, float), np.asarray(centre, float)
    straight = reach[1] - chamfer[1]
    corners = [*(middle - half), reach[0]], [*(middle + half), straight]
    collide_box(body, *corners, MOVING)
    show_box(body, *corners, rgb)
    collide_hull(spec, body, name, frustum(half, half - chamfer[0], straight, reach[1], middle), MOVING)
    body.add_geom(type=_MESH, meshname=name, **_visual(rgb))


def show_box(body: mujoco.MjsBody, low: ArrayLike, high: ArrayLike, rgb: Sequence[float]) -> None:
    """A box to be seen, between two corners, m."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    body.add_geom(type=_BOX, pos=(low + high) / 2, size=(high - low) / 2, **_visual(rgb))


def show_disc(
    body: mujoco.MjsBody,
    radius: float,
    z_low: float,
    z_high: float,
    rgb: Sequence[float],
    centre: tuple[float, float] = (0.0, 0.0),
) -> None:
    """A disc or column about an axis along z, to be seen, m."""
    place, size = [*centre, (z_low + z_high) / 2], [radius, (z_high - z_low) / 2, 0]
    body.add_geom(type=_CYLINDER, pos=place, size=size, **_visual(rgb))


def _visual(rgb: Sequence[float]) -> dict[str, object]:
    return {"contype": 0, "conaffinity": 0, "mass": 0.0, "group": 2, "rgba": [*rgb, 1.0]}
