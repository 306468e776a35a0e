"""Query, colour and depth to a point of link_base: pointing, projection, checks."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vital_ros.config.task import Workspace
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.geometry.pose import Pose
from vital_ros.localization.pointer import Candidate, LocalizationError, Pointer
from vital_ros.localization.projection import locate

MIN_CONFIDENCE = 0.6
"""Below it a match is not reported: the arm would follow."""


@dataclass(frozen=True)
class Located:
    """An answer: the pixel and its confidence, the point in link_base (m, shape (3,)), and what each stage took, s."""

    candidate: Candidate
    point: NDArray[np.float64]
    pointing_time: float
    projection_time: float


class Localizer:
    """Finds described objects with one calibrated RGB-D camera.

    Args:
        camera_pose: of the optical frame in link_base.
        workspace: box of link_base the object must lie in, m; its floor is ignored, since objects may be lower than
            the lowest place the tool may go.
    """

    def __init__(self, pointer: Pointer, camera_pose: Pose, workspace: Workspace):
        self._pointer = pointer
        self._camera_pose = camera_pose
        self._low = np.array([*workspace.min[:2], -np.inf])
        self._high = np.array(workspace.max)

    def locate(
        self, image: NDArray[np.uint8], depth: NDArray[np.floating], camera: PinholeCamera, query: str
    ) -> Located:
        """Find `query` in an RGB image (H, W, 3) with aligned depth (H, W) in m.

        Raises:
            LocalizationError: unknown query, not found, no depth, or outside the workspace.
        """
        start = time.perf_counter()
        candidates = self._pointer.point(image, query)
        pointed = time.perf_counter()
        if not candidates or candidates[0].confidence < MIN_CONFIDENCE:
            confidence = candidates[0].confidence if candidates else 0.0
            raise LocalizationError(
                f"'{query}' not found in the camera's image (best match {confidence:.2f}, {MIN_CONFIDENCE} is needed); "
                "is it in view and uncovered?"
            )
        best = candidates[0]
        point = locate(best.u, best.v, depth, camera, self._camera_pose)
        if np.any(point < self._low) or np.any(point > self._high):
            raise LocalizationError(
                f"'{best.label}' seems to be at ({point[0]:.3f}, {point[1]:.3f}, {point[2]:.3f}) m, outside the "
                f"workspace of config/robot.yaml; check cameras.yaml (third.placement) or move the object"
            )
        return Located(best, point, pointed - start, time.perf_counter() - pointed)
