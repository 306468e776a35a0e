"""Query, colour and depth to a point of link_base: pointing, projection, checks."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vital_ros.config.localizer import ChecksConfig
from vital_ros.config.task import Workspace
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.geometry.pose import Pose
from vital_ros.localization.pointer import Candidate, LocalizationError, Pointer, Sight
from vital_ros.localization.projection import locate

LONGEST = 200
"""Characters of a query."""


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

    def __init__(self, pointer: Pointer, camera_pose: Pose, workspace: Workspace, checks: ChecksConfig | None = None):
        self._pointer = pointer
        self._camera_pose = camera_pose
        self._checks = checks or ChecksConfig()
        self._low = np.array([*workspace.min[:2], self._checks.lowest])
        self._high = np.array(workspace.max)

    def locate(
        self, image: NDArray[np.uint8], depth: NDArray[np.floating], camera: PinholeCamera, query: str
    ) -> Located:
        """Find `query` in an RGB image (H, W, 3) with aligned depth (H, W) in m.

        Raises:
            LocalizationError: unusable or unknown query, images that do not fit, not found, no depth, or outside the
                workspace.
        """
        asked = asked_for(query)
        if not image.size:
            raise LocalizationError(f"an empty image of {_size(image)} px; start the camera's driver again")
        if image.shape[:2] != depth.shape:
            raise LocalizationError(
                f"the depth image has {_size(depth)} px, the colour image {_size(image)}: it should be aligned to it"
            )
        start = time.perf_counter()
        candidates = self._pointer.point(Sight(image, camera, self._camera_pose), asked)
        pointed = time.perf_counter()
        threshold = self._pointer.threshold
        if not candidates or candidates[0].confidence < threshold:
            match = f" (best match {candidates[0].confidence:.2f}, {threshold:.2f} is needed)" if candidates else ""
            raise LocalizationError(f"'{asked}' not found in the camera's image{match}; is it in view and uncovered?")
        best = candidates[0]
        try:
            point = self._place(best, depth, camera)
        except LocalizationError as error:
            error.candidate = best
            raise
        return Located(best, point, pointed - start, time.perf_counter() - pointed)

    def _place(self, best: Candidate, depth: NDArray[np.floating], camera: PinholeCamera) -> NDArray[np.float64]:
        """Point of link_base, m; raise LocalizationError."""
        point = locate(best.u, best.v, depth, camera, self._camera_pose, self._checks)
        if np.any(point < self._low) or np.any(point > self._high):
            raise LocalizationError(
                f"'{best.label}' seems to be at ({point[0]:.3f}, {point[1]:.3f}, {point[2]:.3f}) m, outside the "
                f"workspace of config/robot.yaml; check cameras.yaml (third.placement) or move the object"
            )
        return point


def asked_for(query: str) -> str:
    """The query in one line of printable characters; raise LocalizationError for an empty or absurdly long one."""
    line = " ".join("".join(c if c.isprintable() else " " for c in query[: LONGEST + 1]).split())
    if not line:
        raise LocalizationError('an empty query: say what to look for, such as "plug socket"')
    if len(query) > LONGEST:
        raise LocalizationError(f"a query of {len(query)} characters: at most {LONGEST} are understood")
    return line


def _size(image: NDArray[np.generic]) -> str:
    return f"{image.shape[1]} x {image.shape[0]}"
