"""How a camera bends rays: the two families of CameraInfo."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vital_ros.config import ConfigError
from vital_ros.geometry import equidistant
from vital_ros.geometry.camera import PinholeCamera

POLYNOMIAL = ("plumb_bob", "rational_polynomial")
EQUIDISTANT = "equidistant"


@dataclass(frozen=True)
class Lens:
    """A camera's intrinsics.

    Attributes:
        width, height: of the picture, px.
        k: fx, fy, cx, cy, px.
        d: coefficients of `model`, as in sensor_msgs/distortion_models.hpp.
    """

    width: int
    height: int
    k: tuple[float, float, float, float]
    d: tuple[float, ...]
    model: str

    @classmethod
    def from_camera_info(cls, width: int, height: int, k: ArrayLike, d: ArrayLike, model: str) -> Lens:
        """Of a CameraInfo's fields, k row-major (9,). Raise ConfigError for an uncalibrated camera or another model."""
        try:
            camera = PinholeCamera.from_k(k)
        except ValueError:
            raise ConfigError("the CameraInfo holds no calibration: its focal length is not positive") from None
        bent = tuple(float(value) for value in np.asarray(d, dtype=np.float64).ravel())
        counts = {EQUIDISTANT: (4,)} | dict.fromkeys((*POLYNOMIAL, ""), (0, 4, 5, 8))
        if model not in counts or len(bent) not in counts[model]:
            raise ConfigError(
                f"CameraInfo of model '{model}' with {len(bent)} coefficients is not understood; "
                f"known: {', '.join((*POLYNOMIAL, EQUIDISTANT))}"
            )
        return cls(width, height, (camera.fx, camera.fy, camera.cx, camera.cy), bent, model)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Camera matrix, (3, 3)."""
        fx, fy, cx, cy = self.k
        return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1.0]])

    @property
    def _bend(self) -> NDArray[np.float64]:
        return np.array(self.d or (0.0,) * 4)

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels (n, 2) of points in the optical frame, m, (n, 3)."""
        if self.model == EQUIDISTANT:
            return equidistant.project(points, self.k, self.d)
        zero = np.zeros(3)
        pixels = cv2.projectPoints(points, zero, zero, self.matrix, self._bend)[0]
        return np.asarray(pixels, dtype=np.float64).reshape(-1, 2)

    def straighten(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where a camera without a lens of focal length 1 would see pixels, (n, 2)."""
        if self.model == EQUIDISTANT:
            ray = equidistant.directions(pixels, self.k, self.d)
            return np.asarray(ray[:, :2] / np.maximum(ray[:, 2:], 0.05))
        plane = cv2.undistortPoints(pixels.reshape(-1, 1, 2), self.matrix, self._bend)
        return np.asarray(plane, dtype=np.float64).reshape(-1, 2)
