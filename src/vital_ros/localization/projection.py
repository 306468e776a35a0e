"""From a pixel and a depth image to a point of the robot's base, with the checks that make it trustworthy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vital_ros.config.localizer import ChecksConfig
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.pointer import LocalizationError

LENS_TOLERANCE = 0.05
"""Share of a focal length, and of it for the centre, by which cameras of one make differ."""


def check_lens(seen: PinholeCamera, calibrated: PinholeCamera) -> None:
    """Raise LocalizationError when images come from another lens than the calibration was made with."""
    ours, theirs = (np.array([c.fx, c.fy, c.cx, c.cy]) for c in (seen, calibrated))
    if np.any(np.abs(ours - theirs) > LENS_TOLERANCE * theirs[[0, 1, 0, 1]]):
        raise LocalizationError(
            f"the camera's fx, fy, cx, cy are {_told(ours)}, those of cameras.yaml (third.k) {_told(theirs)}: was it "
            "calibrated with another camera or resolution? Run ./vital calibrate camera"
        )


def _told(numbers: NDArray[np.float64]) -> str:
    return ", ".join(f"{number:.0f}" for number in numbers)


def depth_at(depth: NDArray[np.floating], u: float, v: float, checks: ChecksConfig | None = None) -> float:
    """Median of the valid depths around a pixel, m.

    Args:
        depth: m along the optical axis, shape (H, W); 0, negative or non-finite where there is none (REP 118, 117).

    Raises:
        LocalizationError: pixel outside the image, too few valid depths around it, or depths of two surfaces.
    """
    limits = checks or ChecksConfig()
    height, width = depth.shape
    if not (np.isfinite(u) and np.isfinite(v) and -0.5 <= u < width - 0.5 and -0.5 <= v < height - 0.5):
        raise LocalizationError(f"pixel ({u:.1f}, {v:.1f}) lies outside the {width} x {height} depth image")
    column, row, window = round(u), round(v), limits.depth_window
    patch = depth[max(row - window, 0) : row + window + 1, max(column - window, 0) : column + window + 1]
    valid = patch[np.isfinite(patch) & (patch > 0)]
    share = valid.size / patch.size
    if share < limits.depth_share or not valid.size:
        raise LocalizationError(
            f"no depth at pixel ({u:.0f}, {v:.0f}): {share:.0%} of the pixels around it are valid, "
            f"{limits.depth_share:.0%} are needed; something shiny, too near, or out of range"
        )
    low, high = np.percentile(valid, (10, 90))
    if high - low > limits.depth_spread:
        raise LocalizationError(
            f"pixel ({u:.0f}, {v:.0f}) lies on an edge: the depths around it spread over {1e3 * (high - low):.0f} mm, "
            f"{1e3 * limits.depth_spread:.0f} mm are allowed; move what covers the object"
        )
    return float(np.median(valid))


def locate(
    u: float,
    v: float,
    depth: NDArray[np.floating],
    camera: PinholeCamera,
    camera_pose: Pose,
    checks: ChecksConfig | None = None,
) -> NDArray[np.float64]:
    """Point of link_base, m, shape (3,), under a pixel of the colour image the depth image is aligned to.

    Args:
        camera_pose: of the optical frame in link_base.

    Raises:
        LocalizationError: no depth there that could be trusted.
    """
    return camera_pose.apply(camera.deproject(u, v, depth_at(depth, u, v, checks)))
