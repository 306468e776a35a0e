"""Registering an object: its upper face, cut out of one picture of the calibrated camera and seen from above."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vital_ros.config.base import ConfigError
from vital_ros.localization.pointer import LocalizationError, Sight
from vital_ros.localization.projection import locate
from vital_ros.localization.registry import ObjectCard, RegisteredObject
from vital_ros.localization.top_view import FINE, TopView

REACH = 0.15
"""m around the point within which the face must lie."""
LEVEL = 0.004
"""m in height within which places belong to the same face."""
MARGIN = 3
"""px that the picture shows around the face."""


def register_by_depth(
    sight: Sight, depth: NDArray[np.floating], label: str, aliases: tuple[str, ...], pixel: tuple[float, float]
) -> RegisteredObject:
    """The horizontal face under `pixel` (u, v), as far as aligned depth (H, W), m, shows it.

    Raises:
        ConfigError: no depth there, or no face that could be recognised.
    """
    try:
        place = locate(*pixel, depth, sight.camera, sight.camera_pose)
    except LocalizationError as error:
        raise ConfigError(f"object '{label}': {error}") from None
    rows, columns = np.mgrid[: depth.shape[0], : depth.shape[1]]
    points = sight.camera_pose.apply(sight.camera.deproject(columns, rows, depth).reshape(-1, 3))
    heights = np.where(depth > 0, points[:, 2].reshape(depth.shape), -np.inf).astype(np.float32)
    level = np.abs(cv2.medianBlur(heights, 5) - place[2]) < LEVEL
    closed = cv2.morphologyEx(level.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return _cut(sight, closed, label, aliases, pixel, place)


def register_by_outline(
    sight: Sight, outline: ArrayLike, height: float, label: str, aliases: tuple[str, ...], pixel: tuple[float, float]
) -> RegisteredObject:
    """The horizontal face within a polygon of pixels, (n, 2), at a height in link_base, m.

    Raises:
        ConfigError: no polygon, the pixel lies outside, or no face that could be recognised.
    """
    corners = np.asarray(outline, dtype=np.float32).reshape(-1, 2)
    if len(corners) < 3 or cv2.pointPolygonTest(corners, pixel, measureDist=False) < 0:
        raise ConfigError(f"object '{label}': the outline needs three corners or more, and the point within them")
    mask = np.zeros(sight.image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [corners.round().astype(np.int32)], (1,))
    ray = sight.camera_pose.apply(sight.camera.deproject(*pixel, 1.0)) - sight.camera_pose.position
    place = sight.camera_pose.position + ray * (height - sight.camera_pose.position[2]) / ray[2]
    return _cut(sight, mask, label, aliases, pixel, place)


def _cut(
    sight: Sight,
    level: NDArray[Any],
    label: str,
    aliases: tuple[str, ...],
    pixel: tuple[float, float],
    place: NDArray[np.float64],
) -> RegisteredObject:
    """The connected part of a mask of the image under the pixel, from above."""
    low, high = place[:2] - REACH, place[:2] + REACH
    view = TopView(sight.camera, sight.camera_pose, float(place[2]), low, high, FINE)
    above, point = view.rectify(sight.image), view.from_image(pixel)
    _, parts = cv2.connectedComponents(
        (view.rectify(np.where(level > 0, 255, 0).astype(np.uint8)) >= 128).astype(np.uint8)
    )
    part = parts[round(point[1]), round(point[0])]
    face = cv2.erode((parts == part).astype(np.uint8), np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero(face)
    if part == 0 or not rows.size:
        raise ConfigError(f"object '{label}': no horizontal face under its point; is the camera's pose right?")
    left, top = max(columns.min() - MARGIN, 0), max(rows.min() - MARGIN, 0)
    right, bottom = columns.max() + MARGIN + 1, rows.max() + MARGIN + 1
    if min(left, top) == 0 or right > face.shape[1] or bottom > face.shape[0]:
        raise ConfigError(
            f"object '{label}': its face ends nowhere within {REACH:g} m; it lies at another object's height"
        )
    card = ObjectCard(
        label=label,
        aliases=aliases,
        height=round(float(place[2]), 4),
        point=(round(point[0] - left, 2), round(point[1] - top, 2)),
    )
    return RegisteredObject(card, above[top:bottom, left:right].copy(), face[top:bottom, left:right] > 0)
