"""Pinhole camera: pixels and depths to points and back.

The optical frame has z forward, x right, y down (REP 103); pixel (0, 0) is the centre of the upper left pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class PinholeCamera:
    """Intrinsics, px."""

    fx: float
    fy: float
    cx: float
    cy: float

    @classmethod
    def from_k(cls, k: ArrayLike) -> PinholeCamera:
        """From a camera matrix: 9 numbers row-major, or shape (3, 3).

        Raises:
            ValueError: wrong size, or a focal length that is not positive (an uncalibrated camera sends zeros).
        """
        m = np.asarray(k, dtype=np.float64).reshape(-1)
        if m.size != 9 or not np.all(np.isfinite(m)) or m[0] <= 0 or m[4] <= 0:
            raise ValueError(f"not a camera matrix: {m.tolist()}")
        return cls(float(m[0]), float(m[4]), float(m[2]), float(m[5]))

    def deproject(self, u: ArrayLike, v: ArrayLike, depth: ArrayLike) -> NDArray[np.float64]:
        """Points of the optical frame, m, shape (..., 3), from pixels and depths along z, m."""
        z = np.asarray(depth, dtype=np.float64)
        x = (np.asarray(u, dtype=np.float64) - self.cx) * z / self.fx
        y = (np.asarray(v, dtype=np.float64) - self.cy) * z / self.fy
        return np.stack(np.broadcast_arrays(x, y, z), axis=-1)

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Pixels (u, v), shape (..., 2), of points of the optical frame, m, shape (..., 3); NaN behind the camera."""
        p = np.asarray(points, dtype=np.float64)
        z = np.where(p[..., 2] > 0, p[..., 2], np.nan)
        return np.stack([self.fx * p[..., 0] / z + self.cx, self.fy * p[..., 1] / z + self.cy], axis=-1)
