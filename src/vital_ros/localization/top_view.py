"""A camera's image as seen from straight above: in it, things that stand on a table turn and shift, and no more.

Rows run along -x, columns along -y of link_base, as a person behind the robot sees the table.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera

FINE, COARSE = 0.0015, 0.003
"""m, edge of a pixel: about what a pixel of the camera covers, and twice that."""


class TopView:
    """A horizontal rectangle of link_base, seen by a calibrated camera.

    Args:
        camera_pose: of the optical frame in link_base.
        height: m, z of the rectangle; only what lies in it is undistorted.
        low, high: m, x and y of its corners.
        resolution: m, edge of a pixel.
    """

    def __init__(
        self,
        camera: PinholeCamera,
        camera_pose: Pose,
        height: float,
        low: ArrayLike,
        high: ArrayLike,
        resolution: float,
    ):
        (x0, y0), (x1, y1) = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
        self.size = (round((y1 - y0) / resolution), round((x1 - x0) / resolution))
        """px, width and height."""
        to_base = np.array([[0, -resolution, x1], [-resolution, 0, y1], [0, 0, height], [0, 0, 1]])
        intrinsics = np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1]])
        self._to_image = intrinsics @ camera_pose.inverse().matrix[:3] @ to_base
        self._from_image = np.linalg.inv(self._to_image)

    def rectify(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The camera's image, (H, W) or (H, W, 3), from above; black where the camera does not look."""
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpPerspective(image, self._to_image, self.size, flags=flags), dtype=np.uint8)

    def to_image(self, point: ArrayLike) -> tuple[float, float]:
        """Pixel (u, v) of the camera under a pixel (column, row) of the view."""
        return _mapped(self._to_image, point)

    def from_image(self, pixel: ArrayLike) -> tuple[float, float]:
        """Pixel (column, row) of the view under a pixel (u, v) of the camera."""
        return _mapped(self._from_image, pixel)


def _mapped(homography: NDArray[np.float64], point: ArrayLike) -> tuple[float, float]:
    x, y = np.asarray(point, dtype=np.float64)
    u, v, w = homography @ (x, y, 1.0)
    return float(u / w), float(v / w)
