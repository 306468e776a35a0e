"""Eye-to-hand: where a fixed camera stands, from views of a board that the gripper holds.

With A the tool in link_base (from the arm), X the camera in link_base, Z the board in the tool and B the board in the
camera, every view says A Z = X B. X starts from the relative motions (Park and Martin, Robot sensor calibration:
solving AX = XB on the Euclidean group, 1994); then X and Z are those that put every corner nearest to its pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from vital_ros.calibration.board import Board
from vital_ros.calibration.lens import Lens
from vital_ros.calibration.outliers import Kept, without_outliers
from vital_ros.calibration.views import View, board_pose
from vital_ros.config import ConfigError
from vital_ros.geometry import Pose

LEAST_VIEWS = 8
LEAST_TURN = np.deg2rad(6.0)
"""RMS of the gripper's turns about the second of their principal axes; turns about one axis alone leave X open."""
SCALE_TOLERANCE = 0.005
"""By which the squares, as the arm's motion measures them, may differ from what the board is said to have."""
WORST = 3.0
"""px, RMS residual beyond which there is no calibration."""
CAUSES = "is the board's layout right, does the gripper hold it firmly, did the camera stand still?"


@dataclass(frozen=True)
class HandEye:
    """Where the camera stands, and how well that is known.

    Attributes:
        camera: optical frame in link_base.
        board: board's frame in link_tcp.
        kept: which views count, and their residuals in px.
        errors_m, errors_rad: (n,) of each view: between the board where the camera sees it by this view alone and
            where the arm holds it.
        sigma_m, sigma_rad: standard error of `camera` by the spread of the residuals; what all views have wrong
            alike, such as the arm's kinematics, is not in it.
        square: m, side of a square by the arm's motion.
    """

    camera: Pose
    board: Pose
    kept: Kept
    errors_m: NDArray[np.float64]
    errors_rad: NDArray[np.float64]
    sigma_m: float
    sigma_rad: float
    square: float

    @property
    def rms_px(self) -> float:
        """Per corner, of the views that count."""
        return _rms(self.kept.rms[self.kept.inside])

    @property
    def rms_m(self) -> float:
        return _rms(self.errors_m[self.kept.inside])

    @property
    def rms_rad(self) -> float:
        return _rms(self.errors_rad[self.kept.inside])


def calibrate_hand_eye(views: Sequence[View], lens: Lens, board: Board) -> HandEye:
    """From views whose `tool` is known.

    Raises:
        ConfigError: too few views, too little rotation, squares of another size, or views that do not fit together.
    """
    tools = [view.tool for view in views if view.tool is not None]
    _check_motion(tools)
    problem = _Problem(views, tools, lens, board)
    square = board.square * problem.scale()
    if abs(square / board.square - 1) > SCALE_TOLERANCE:
        raise ConfigError(
            f"by the arm's motion a square measures {1e3 * square:.2f} mm, not {1e3 * board.square:.2f}; measure the "
            f"print and give it as --square"
        )
    solution, kept = without_outliers(len(views), problem.solve, problem.rms)
    if (rms := _rms(kept.rms[kept.inside])) > WORST:
        raise ConfigError(f"the views do not fit the arm's poses: {rms:.1f} px RMS, {WORST:g} at most; {CAUSES}")
    camera, held = _pose(solution[:6]), _pose(solution[6:])
    apart = [(tool @ held).distance(camera @ seen) for tool, seen in zip(tools, problem.seen, strict=True)]
    sigma_m, sigma_rad = problem.uncertainty(np.flatnonzero(kept.inside), solution)
    errors_m, errors_rad = np.array(apart).T
    return HandEye(camera, held, kept, errors_m, errors_rad, sigma_m, sigma_rad, square)


class _Problem:
    """Twelve numbers: rotation vector and position of camera and board."""

    def __init__(self, views: Sequence[View], tools: list[Pose], lens: Lens, board: Board):
        self._lens, self._tools = lens, tools
        self._points = np.concatenate([board.corners[view.corners.ids] for view in views])
        self._pixels = np.concatenate([view.corners.pixels for view in views])
        self._view = np.repeat(np.arange(len(views)), [len(view.corners.ids) for view in views])
        self._turns = np.stack([tool.rotation.as_matrix() for tool in tools])
        self._places = np.stack([tool.position for tool in tools])
        self.seen = [board_pose(lens, board, view.corners) for view in views]

    def solve(self, which: NDArray[np.intp], robust: bool) -> NDArray[np.float64]:
        loss = "soft_l1" if robust else "linear"
        fit = least_squares(lambda x: self._residuals(x, which), self._start(which), loss=loss, x_scale="jac")
        return np.asarray(fit.x)

    def rms(self, solution: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each view, px a corner."""
        every = np.arange(len(self._tools))
        squares = np.square(self._residuals(solution, every)).reshape(-1, 2).sum(axis=1)
        return np.sqrt(np.bincount(self._view, squares) / np.bincount(self._view))

    def scale(self) -> float:
        """Of the board, when it may have any, by all views.

        Raises:
            ConfigError: half of the views fit with none.
        """
        every = np.arange(len(self._tools))
        start = np.append(self._start(every), 1.0)
        fit = least_squares(lambda x: self._residuals(x[:-1], every, x[-1]), start, loss="soft_l1", x_scale="jac")
        if (median := float(np.median(np.abs(fit.fun)))) > WORST:
            raise ConfigError(f"the views do not fit the arm's poses: {median:.1f} px, {WORST:g} at most; {CAUSES}")
        return float(fit.x[-1])

    def uncertainty(self, which: NDArray[np.intp], solution: NDArray[np.float64]) -> tuple[float, float]:
        """Standard error of the camera's position, m, and rotation, rad."""
        fit = least_squares(lambda x: self._residuals(x, which), solution, x_scale="jac", max_nfev=1)
        variance = 2 * fit.cost / max(fit.fun.size - fit.x.size, 1)
        spread = np.diag(np.linalg.pinv(fit.jac.T @ fit.jac)) * variance
        return float(np.sqrt(spread[3:6].sum())), float(np.sqrt(spread[:3].sum()))

    def _residuals(self, x: NDArray[np.float64], which: NDArray[np.intp], scale: float = 1.0) -> NDArray[np.float64]:
        camera, held = _pose(x[:6]), _pose(x[6:12])
        used = np.isin(self._view, which)
        view, at_tool = self._view[used], held.apply(scale * self._points[used])
        at_base = np.einsum("nij,nj->ni", self._turns[view], at_tool) + self._places[view]
        return np.asarray(self._lens.project(camera.inverse().apply(at_base)) - self._pixels[used]).ravel()

    def _start(self, which: NDArray[np.intp]) -> NDArray[np.float64]:
        """By the relative motions of all pairs of views."""
        pairs = list(combinations(which, 2))
        arm = [self._tools[i] @ self._tools[j].inverse() for i, j in pairs]
        eye = [self.seen[i] @ self.seen[j].inverse() for i, j in pairs]
        turn, _ = Rotation.align_vectors([a.rotvec for a in arm], [e.rotvec for e in eye])
        left = np.concatenate([a.rotation.as_matrix() - np.eye(3) for a in arm])
        right = np.concatenate([turn.as_matrix() @ e.position - a.position for a, e in zip(arm, eye, strict=True)])
        camera = Pose.from_rotation(np.linalg.lstsq(left, right, rcond=None)[0], turn)
        held = [self._tools[i].inverse() @ camera @ self.seen[i] for i in which]
        middle = Rotation.concatenate([pose.rotation for pose in held]).mean()
        place = np.median([pose.position for pose in held], axis=0)
        return np.concatenate([camera.rotvec, camera.position, middle.as_rotvec(), place])


def _check_motion(tools: list[Pose]) -> None:
    if len(tools) < LEAST_VIEWS:
        raise ConfigError(f"{len(tools)} views of the board; at least {LEAST_VIEWS} are needed, 15 to 20 are good")
    turns = Rotation.concatenate([tool.rotation for tool in tools])
    spread = np.linalg.svd((turns.mean().inv() * turns).as_rotvec(), compute_uv=False) / np.sqrt(len(tools))
    if spread[1] < LEAST_TURN:
        told = ", ".join(f"{angle:.1f}" for angle in np.rad2deg(spread))
        raise ConfigError(
            f"the gripper hardly turned: {told} degrees (RMS) about its principal axes, and the second should reach "
            f"{np.rad2deg(LEAST_TURN):.0f}; turn it by 20 degrees and more, about two axes and more"
        )


def _pose(numbers: NDArray[np.float64]) -> Pose:
    return Pose.from_rotvec(numbers[3:6], numbers[:3])


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
