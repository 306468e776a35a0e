"""A fisheye view made from a wide pinhole view (the lens: geometry/equidistant.py)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.config import WristCamera
from vital_ros.geometry.equidistant import project, undistort

SOURCE_SIZE = 320
"""px, of the square pinhole view."""
WIDEST = np.deg2rad(130.0)
"""Of the pinhole view; a wider fisheye is dark where it does not reach."""


def source_fov(camera: WristCamera) -> float:
    """rad, of the pinhole view: as wide as the fisheye's farthest corner asks, so that no pixel is wasted."""
    fx, _, cx, _, fy, cy = camera.k[:6]
    corner = np.hypot(max(cx, camera.width - cx) / fx, max(cy, camera.height - cy) / fy)
    return float(min(WIDEST, 2.02 * undistort(np.array([corner]), camera.d)[0]))


class Fisheye:
    """Lens of the wrist camera; its tables are computed once."""

    def __init__(self, camera: WristCamera):
        self._d = camera.d
        self._fx, _, self._cx, _, self._fy, self._cy = camera.k[:6]
        u, v = np.meshgrid(np.arange(camera.width, dtype=float), np.arange(camera.height, dtype=float))
        x, y = (u - self._cx) / self._fx, (v - self._cy) / self._fy
        radius = np.hypot(x, y)
        theta = undistort(radius, camera.d)
        focal = SOURCE_SIZE / 2 / np.tan(source_fov(camera) / 2)
        forward = np.cos(theta) > 0.05
        scale = focal * np.tan(np.where(forward, theta, 0)) / np.maximum(radius, 1e-9)
        centre = (SOURCE_SIZE - 1) / 2
        self._map_x = np.where(forward, centre + scale * x, -10).astype(np.float32)
        self._map_y = np.where(forward, centre + scale * y, -10).astype(np.float32)

    def view(self, pinhole: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(SOURCE_SIZE, SOURCE_SIZE, 3) pinhole picture to a (height, width, 3) fisheye frame."""
        return np.asarray(cv2.remap(pinhole, self._map_x, self._map_y, cv2.INTER_LINEAR), dtype=np.uint8)

    def mask(self, pinhole: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The same for a (SOURCE_SIZE, SOURCE_SIZE) mask, without blending."""
        return np.asarray(cv2.remap(pinhole, self._map_x, self._map_y, cv2.INTER_NEAREST), dtype=np.uint8)

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points in the optical frame (z forward, x right, y down), m, (n, 3), to pixels, (n, 2)."""
        return project(points, (self._fx, self._fy, self._cx, self._cy), self._d)
