"""A view of the board, and what can be told of it alone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.calibration.board import Board
from vital_ros.calibration.detection import Corners
from vital_ros.calibration.lens import Lens
from vital_ros.geometry import Pose


@dataclass(frozen=True)
class View:
    """One picture with the board at rest.

    Attributes:
        name: for messages and reports, such as `view 3`.
        stamp_ns: of the picture.
        image: RGB (H, W, 3) or grey (H, W).
        tool: link_tcp in link_base; None where nobody asks.
    """

    name: str
    stamp_ns: int
    image: NDArray[np.uint8]
    corners: Corners
    tool: Pose | None = None


def board_pose(lens: Lens, board: Board, corners: Corners) -> Pose:
    """The board in the optical frame, by this one picture (planar PnP, refined)."""
    points, plane = board.corners[corners.ids], lens.straighten(corners.pixels).reshape(-1, 1, 2)
    identity, straight = np.eye(3), np.zeros(4)
    _, turn, place = cv2.solvePnP(points, plane, identity, straight, flags=cv2.SOLVEPNP_IPPE)
    turn, place = cv2.solvePnPRefineLM(points, plane, identity, straight, turn, place)
    return Pose.from_rotation(np.ravel(place), Rotation.from_rotvec(np.ravel(turn)))
