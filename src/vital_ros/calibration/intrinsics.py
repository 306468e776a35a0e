"""Intrinsics of the wrist camera's equidistant lens, from views of a board.

As cv2.fisheye.calibrate (no skew), with a robust first pass, views left out by a rule, and a start that needs no guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from vital_ros.calibration.board import Board
from vital_ros.calibration.lens import EQUIDISTANT, Lens
from vital_ros.calibration.outliers import Kept, without_outliers
from vital_ros.calibration.views import View, board_pose
from vital_ros.config import ConfigError
from vital_ros.geometry import Pose
from vital_ros.geometry.equidistant import distort

LEAST_VIEWS = 10
WORST = 1.0
"""px, RMS residual beyond which there is no calibration."""
FOCAL_LOOSE = 0.02
"""Relative standard error of the focal length beyond which there is none either."""
FIELDS = np.deg2rad((50, 70, 90, 120, 150, 180, 210))
"""Horizontal fields of view to start from; the one that fits best is taken."""
BEND = 0.15
"""Of the px by which each coefficient moves the picture's corner, held against it: what no view tells stays near 0."""
ROWS, COLUMNS = ("upper", "middle", "lower"), ("left", "centre", "right")


@dataclass(frozen=True)
class Intrinsics:
    """A lens and how well it is known.

    Attributes:
        kept: which views count, and their residuals in px.
        sigma_focal: relative standard error of the focal lengths. sigma_centre: of the centre, px.
    """

    lens: Lens
    kept: Kept
    sigma_focal: float
    sigma_centre: float

    @property
    def rms_px(self) -> float:
        """Per corner, of the views that count."""
        return float(np.sqrt(np.mean(np.square(self.kept.rms[self.kept.inside]))))


@dataclass(frozen=True)
class _Solution:
    """A lens, the boards' poses by the number of the view, and standard errors of fx, fy, cx, cy."""

    lens: Lens
    poses: dict[int, Pose]
    sigma: NDArray[np.float64]


def calibrate_intrinsics(views: Sequence[View], board: Board) -> Intrinsics:
    """From views of one camera.

    Raises:
        ConfigError: too few views, parts of the picture without a corner, a focal length that stays open, or views
            that do not fit together.
    """
    if len(views) < LEAST_VIEWS:
        raise ConfigError(f"{len(views)} views of the board; at least {LEAST_VIEWS} are needed, 20 to 30 are good")
    height, width = views[0].image.shape[:2]
    _check_coverage(views, width, height)
    problem = _Problem(views, width, height, board)
    solution, kept = without_outliers(len(views), problem.solve, problem.rms)
    fx, fy = solution.lens.k[:2]
    found = Intrinsics(solution.lens, kept, float(max(solution.sigma[:2] / (fx, fy))), float(max(solution.sigma[2:])))
    if found.rms_px > WORST:
        raise ConfigError(
            f"no equidistant lens fits the views: {found.rms_px:.2f} px RMS, {WORST:g} at most; are the board's layout "
            f"and the printed sheet's flatness right, are the pictures sharp?"
        )
    if found.sigma_focal > FOCAL_LOOSE:
        raise ConfigError(
            f"the views leave the focal length open to {100 * found.sigma_focal:.1f} %; tilt the board by 20 to 40 "
            f"degrees in some, about both of its axes"
        )
    if not _reaches_corners(found.lens):
        raise ConfigError("the lens found folds back before the picture's corners; bring the board closer to them")
    return found


class _Problem:
    def __init__(self, views: Sequence[View], width: int, height: int, board: Board):
        self._views, self._board, self._size = views, board, (width, height)

    def solve(self, which: NDArray[np.intp], robust: bool) -> _Solution:
        lens, poses = self._start(which)
        points = np.concatenate([self._board.corners[self._views[i].corners.ids] for i in which])
        pixels = np.concatenate([self._views[i].corners.pixels for i in which])
        view = np.repeat(np.arange(len(which)), [len(self._views[i].corners.ids) for i in which])

        def residuals(x: NDArray[np.float64]) -> NDArray[np.float64]:
            boards = x[8:].reshape(-1, 6)
            turns = Rotation.from_rotvec(boards[:, :3]).as_matrix()
            seen = np.einsum("nij,nj->ni", turns[view], points) + boards[view, 3:]
            return np.append(self._lens(x).project(seen) - pixels, bend * x[4:8])

        corner = np.hypot(*self._size) / 2 / lens.k[0]
        bend = BEND * lens.k[0] * corner ** np.array([3, 5, 7, 9])
        start = np.concatenate([lens.k, lens.d, *([*pose.rotvec, *pose.position] for pose in poses)])
        fit = least_squares(residuals, start, loss="soft_l1" if robust else "linear", x_scale="jac", max_nfev=100)
        variance = 2 * fit.cost / max(fit.fun.size - fit.x.size, 1)
        sigma = np.sqrt(np.abs(np.diag(np.linalg.pinv(fit.jac.T @ fit.jac))[:4]) * variance)
        boards = [Pose.from_rotvec(numbers[3:], numbers[:3]) for numbers in fit.x[8:].reshape(-1, 6)]
        return _Solution(self._lens(fit.x), dict(zip(which.tolist(), boards, strict=True)), sigma)

    def rms(self, solution: _Solution) -> NDArray[np.float64]:
        """Of each view, px a corner; of a view left out, with the pose that suits it."""
        lens, poses = solution.lens, solution.poses
        every = enumerate(self._views)
        return np.array([self._miss(lens, view, poses.get(i) or board_pose(lens, self._board, view.corners))
                         for i, view in every])  # fmt: skip

    def _miss(self, lens: Lens, view: View, pose: Pose) -> float:
        """RMS, px."""
        apart = lens.project(pose.apply(self._board.corners[view.corners.ids])) - view.corners.pixels
        return float(np.sqrt(np.square(apart).sum(axis=1).mean()))

    def _start(self, which: NDArray[np.intp]) -> tuple[Lens, list[Pose]]:
        """The undistorted lens, of any field of view, under which most views look like a flat board."""
        best: tuple[float, Lens, list[Pose]] | None = None
        for field in FIELDS:
            focal = self._size[0] / field
            lens = self._lens(np.array([focal, focal, (self._size[0] - 1) / 2, (self._size[1] - 1) / 2, 0, 0, 0, 0]))
            poses = [board_pose(lens, self._board, self._views[i].corners) for i in which]
            median = np.median([self._miss(lens, self._views[i], pose) for i, pose in zip(which, poses, strict=True)])
            if best is None or median < best[0]:
                best = float(median), lens, poses
        assert best is not None
        return best[1], best[2]

    def _lens(self, x: NDArray[np.float64]) -> Lens:
        fx, fy, cx, cy, *d = (float(value) for value in x[:8])
        return Lens(*self._size, (fx, fy, cx, cy), tuple(d), EQUIDISTANT)


def _check_coverage(views: Sequence[View], width: int, height: int) -> None:
    pixels = np.concatenate([view.corners.pixels for view in views])
    hits = np.histogram2d(pixels[:, 1], pixels[:, 0], bins=3, range=((0, height), (0, width)))[0]
    if empty := [f"{ROWS[row]} {COLUMNS[column]}" for row, column in np.argwhere(hits == 0)]:
        raise ConfigError(
            f"no corner of the board in the {', '.join(empty)} ninth of the picture; show it there too, be it cut off"
        )


def _reaches_corners(lens: Lens) -> bool:
    """Whether every pixel of the picture has its one angle, below 180 degrees."""
    fx, fy, cx, cy = lens.k
    corner = np.hypot(max(cx, lens.width - 1 - cx) / fx, max(cy, lens.height - 1 - cy) / fy)
    radius = distort(np.linspace(0, np.pi, 1000), lens.d)
    rising = np.append(np.diff(radius) > 0, False)
    return bool(radius[int(np.argmin(rising))] > corner)
