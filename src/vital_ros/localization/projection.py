"""From a pixel and a depth image to a point of the robot's base, with the checks that make it trustworthy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vital_ros.geometry.camera import PinholeCamera
from vital_ros.geometry.pose import Pose
from vital_ros.localization.pointer import LocalizationError

WINDOW = 5
"""px, half width of the depth window: wide enough that a hole at the very pixel does not decide."""

MIN_VALID_SHARE = 0.4
"""Of the window; below it the depth is a guess."""


def depth_at(depth: NDArray[np.floating], u: float, v: float, window: int = WINDOW) -> float:
    """Median of the valid depths around a pixel, m.

    Args:
        depth: m along the optical axis, shape (H, W); 0, negative or non-finite where there is none (REP 118, 117).

    Raises:
        LocalizationError: pixel outside the image, or too few valid depths around it.
    """
    height, width = depth.shape
    column, row = round(u), round(v)
    if not (0 <= column < width and 0 <= row < height):
        raise LocalizationError(f"pixel ({u:.1f}, {v:.1f}) lies outside the {width} x {height} depth image")
    patch = depth[max(row - window, 0) : row + window + 1, max(column - window, 0) : column + window + 1]
    valid = patch[np.isfinite(patch) & (patch > 0)]
    share = valid.size / patch.size
    if share < MIN_VALID_SHARE:
        raise LocalizationError(
            f"no depth at pixel ({u:.0f}, {v:.0f}): {share:.0%} of the pixels around it are valid, "
            f"{MIN_VALID_SHARE:.0%} are needed; something shiny, too near, or out of range"
        )
    return float(np.median(valid))


def locate(
    u: float, v: float, depth: NDArray[np.floating], camera: PinholeCamera, camera_pose: Pose
) -> NDArray[np.float64]:
    """Point of link_base, m, shape (3,), under a pixel of the colour image the depth image is aligned to.

    Args:
        camera_pose: of the optical frame in link_base.

    Raises:
        LocalizationError: no depth there.
    """
    return camera_pose.apply(camera.deproject(u, v, depth_at(depth, u, v)))
