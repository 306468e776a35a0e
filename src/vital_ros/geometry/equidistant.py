"""The equidistant (Kannala-Brandt) lens of cv2.fisheye and of CameraInfo's "equidistant".

A ray at angle theta from the optical axis lands at f * (theta + d1 theta^3 + d2 theta^5 + d3 theta^7 + d4 theta^9).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def distort(theta: NDArray[np.float64], d: ArrayLike) -> NDArray[np.float64]:
    """Angle to the optical axis, rad, to radius over focal length."""
    d, t2 = np.asarray(d), theta * theta
    return theta * (1 + t2 * (d[0] + t2 * (d[1] + t2 * (d[2] + t2 * d[3]))))


def undistort(radius: NDArray[np.float64], d: ArrayLike) -> NDArray[np.float64]:
    """Inverse of `distort` by Newton's method."""
    d, theta = np.asarray(d), radius.copy()
    for _ in range(10):
        t2 = theta * theta
        slope = 1 + t2 * (3 * d[0] + t2 * (5 * d[1] + t2 * (7 * d[2] + t2 * 9 * d[3])))
        theta -= (distort(theta, d) - radius) / slope
    return theta


def project(points: NDArray[np.float64], k: ArrayLike, d: ArrayLike) -> NDArray[np.float64]:
    """Points in the optical frame (z forward, x right, y down), m, (n, 3), to pixels, (n, 2); k is fx, fy, cx, cy."""
    fx, fy, cx, cy = np.asarray(k)
    lateral = np.hypot(points[:, 0], points[:, 1])
    radius = distort(np.arctan2(lateral, points[:, 2]), d)
    direction = points[:, :2] / np.maximum(lateral, 1e-12)[:, None]
    return radius[:, None] * direction * (fx, fy) + (cx, cy)


def directions(pixels: NDArray[np.float64], k: ArrayLike, d: ArrayLike) -> NDArray[np.float64]:
    """Unit vectors in the optical frame, (n, 3), that land on pixels, (n, 2)."""
    fx, fy, cx, cy = np.asarray(k)
    plane = (pixels - (cx, cy)) / (fx, fy)
    radius = np.hypot(plane[:, 0], plane[:, 1])
    theta = undistort(radius, d)
    sideways = plane * (np.sin(theta) / np.maximum(radius, 1e-12))[:, None]
    return np.column_stack([sideways, np.cos(theta)])
