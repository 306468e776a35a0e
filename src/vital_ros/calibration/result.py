"""What a calibration is, for cameras.yaml, for metrics.json and for a person."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vital_ros.calibration.board import Board
from vital_ros.calibration.hand_eye import calibrate_hand_eye
from vital_ros.calibration.intrinsics import Intrinsics, calibrate_intrinsics
from vital_ros.calibration.lens import Lens
from vital_ros.calibration.outliers import FACTOR, FLOOR, Kept
from vital_ros.calibration.views import View, board_pose

Which = Literal["third", "wrist"]


@dataclass(frozen=True)
class Result:
    """A camera's calibration.

    Attributes:
        which: section of cameras.yaml.
        predicted: of each view, where the calibration puts its corners, px, (n, 2).
        changes: keys of that section and their new values; a key of a key is `placement.position`.
        metrics: JSON-serialisable.
        headline: what is left unexplained, in one line. lines: all there is to print.
    """

    which: Which
    views: Sequence[View]
    lens: Lens
    kept: Kept
    predicted: list[NDArray[np.float64]]
    changes: dict[str, Any]
    metrics: dict[str, Any]
    headline: str
    lines: list[str]


def third_result(views: Sequence[View], lens: Lens, board: Board) -> Result:
    """Pose of the fixed camera. Raise ConfigError."""
    found = calibrate_hand_eye(views, lens, board)
    errors = [1e3 * found.rms_m, float(np.rad2deg(found.rms_rad))]
    changes = {
        "k": _matrix(lens),
        "placement.parent": "link_base",
        "placement.position": _rounded(found.camera.position, 6),
        "placement.quaternion": _rounded(found.camera.quaternion, 9),
        "calibrated": _calibrated(found.kept, found.rms_px)
        | {"residual_mm": round(errors[0], 3), "residual_deg": round(errors[1], 4)},
    }
    metrics = _metrics(views, found.kept, found.rms_px) | {
        "residual_mm": errors[0],
        "residual_deg": errors[1],
        "standard_error_mm": 1e3 * found.sigma_m,
        "standard_error_deg": float(np.rad2deg(found.sigma_rad)),
        "square_mm": 1e3 * found.square,
        "board_in_link_tcp": {"position": found.board.position.tolist(), "quaternion": found.board.quaternion.tolist()},
    }
    for entry, metres, radians in zip(metrics["views"], found.errors_m, found.errors_rad, strict=True):
        entry |= {"mm": 1e3 * float(metres), "deg": float(np.rad2deg(radians))}
    headline = f"residual: {found.rms_px:.2f} px, {errors[0]:.2f} mm, {errors[1]:.3f} degrees"
    lines = [
        *_left_out(views, found.kept),
        f"{headline} (RMS of {found.kept.inside.sum()} views)",
        f"standard error of the camera's pose: {1e3 * found.sigma_m:.2f} mm, {np.rad2deg(found.sigma_rad):.3f} degrees",
        f"a square measures {1e3 * found.square:.2f} mm by the arm's motion",
        *_bent(lens),
    ]
    held = [view.tool @ found.board for view in views if view.tool is not None]
    shown = [lens.project((found.camera.inverse() @ pose).apply(board.corners[view.corners.ids]))
             for pose, view in zip(held, views, strict=True)]  # fmt: skip
    return Result("third", views, lens, found.kept, shown, changes, metrics, headline, lines)


def wrist_result(views: Sequence[View], board: Board) -> Result:
    """Lens of the wrist camera. Raise ConfigError."""
    found: Intrinsics = calibrate_intrinsics(views, board)
    lens = found.lens
    changes = {"k": _matrix(lens), "d": _rounded(lens.d, 6), "calibrated": _calibrated(found.kept, found.rms_px)}
    metrics = _metrics(views, found.kept, found.rms_px) | {
        "standard_error_focal_percent": 100 * found.sigma_focal,
        "standard_error_centre_px": found.sigma_centre,
    }
    headline = f"residual: {found.rms_px:.2f} px"
    lines = [
        *_left_out(views, found.kept),
        f"{headline} (RMS of {found.kept.inside.sum()} views)",
        f"standard error: focal length {100 * found.sigma_focal:.2f} %, centre {found.sigma_centre:.2f} px",
    ]
    shown = [lens.project(board_pose(lens, board, v.corners).apply(board.corners[v.corners.ids])) for v in views]
    return Result("wrist", views, lens, found.kept, shown, changes, metrics, headline, lines)


def _bent(lens: Lens) -> list[str]:
    """A warning where the lens is not the pinhole that the localizer takes it for."""
    u, v = np.meshgrid(np.linspace(0, lens.width - 1, 9), np.linspace(0, lens.height - 1, 9))
    pixels = np.column_stack([u.ravel(), v.ravel()])
    fx, fy, cx, cy = lens.k
    off = float(np.linalg.norm(lens.straighten(pixels) * (fx, fy) + (cx, cy) - pixels, axis=1).max())
    if off < 1:
        return []
    return [f"note: this lens bends by up to {off:.1f} px, which /localize does not know; prefer rectified pictures"]


def _matrix(lens: Lens) -> list[float]:
    fx, fy, cx, cy = _rounded(lens.k, 4)
    return [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0]


def _calibrated(kept: Kept, rms: float) -> dict[str, Any]:
    return {"date": datetime.date.today(), "views": int(kept.inside.sum()), "residual_px": round(rms, 3)}


def _metrics(views: Sequence[View], kept: Kept, rms: float) -> dict[str, Any]:
    return {
        "residual_px": rms,
        "outlier_rule": f"left out above {FACTOR:g} x the median RMS of the views and {FLOOR:g} px",
        "views": [
            {"name": view.name, "stamp_ns": view.stamp_ns, "corners": len(view.corners.ids), "px": float(px),
             "left_out": not inside}
            for view, px, inside in zip(views, kept.rms, kept.inside, strict=True)
        ],
    }  # fmt: skip


def _left_out(views: Sequence[View], kept: Kept) -> list[str]:
    limit = max(FACTOR * float(np.median(kept.rms)), FLOOR)
    return [
        f"left out: {view.name}, {px:.1f} px where {limit:.1f} are allowed"
        for view, px, inside in zip(views, kept.rms, kept.inside, strict=True)
        if not inside
    ]


def _rounded(values: Any, digits: int) -> list[float]:
    return [round(float(value), digits) + 0.0 for value in values]
