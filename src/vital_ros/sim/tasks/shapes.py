"""Geoms of the tasks: what collides and what is seen, kept apart."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

MOVING, FIXED = (1, 2), (2, 1)
"""(contype, conaffinity): moving parts meet fixtures and the table, nothing else."""

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


def frustum(low: ArrayLike, high: ArrayLike, z_low: float, z_high: float) -> NDArray[np.float64]:
    """Corners of a truncated pyramid with half sizes `low` at z_low and `high` at z_high, m, (8, 3)."""
    signs = np.array([(sx, sy) for sx in (-1, 1) for sy in (-1, 1)])
    bottom = np.column_stack([signs * np.asarray(low), np.full(4, z_low)])
    return np.vstack([bottom, np.column_stack([signs * np.asarray(high), np.full(4, z_high)])])


def show_box(body: mujoco.MjsBody, low: ArrayLike, high: ArrayLike, rgb: Sequence[float]) -> None:
    """A box to be seen, between two corners, m."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    body.add_geom(type=_BOX, pos=(low + high) / 2, size=(high - low) / 2, **_visual(rgb))


def show_disc(body: mujoco.MjsBody, radius: float, z_low: float, z_high: float, rgb: Sequence[float]) -> None:
    """A disc about z to be seen, m."""
    body.add_geom(
        type=_CYLINDER, pos=[0, 0, (z_low + z_high) / 2], size=[radius, (z_high - z_low) / 2, 0], **_visual(rgb)
    )


def _visual(rgb: Sequence[float]) -> dict[str, object]:
    return {"contype": 0, "conaffinity": 0, "mass": 0.0, "group": 2, "rgba": [*rgb, 1.0]}
