"""Finding the board in a picture."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.calibration.board import Board

WIDE = 1280
"""px: narrower pictures are enlarged up to four times, for markers of few pixels."""
LEAST_CORNERS = 8
"""Of a view; six numbers of its pose hang on them."""


class Corners(NamedTuple):
    """Inner corners of the board that a picture shows.

    Attributes:
        ids: (n,) rows of `Board.corners`.
        pixels: (n, 2), u v.
    """

    ids: NDArray[np.int64]
    pixels: NDArray[np.float64]


class Seen(NamedTuple):
    """What a picture shows: corners, None where there are too few of them, and the numbers of all markers."""

    corners: Corners | None
    markers: frozenset[int]


class Detector:
    """Reads one board."""

    def __init__(self, board: Board):
        self._board = board
        self._detector = cv2.aruco.CharucoDetector(board.charuco)

    def see(self, image: NDArray[np.uint8]) -> Seen:
        """Of an RGB (H, W, 3) or grey (H, W) picture."""
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image
        factor = int(np.clip(WIDE // grey.shape[1], 1, 4))
        if factor > 1:
            grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        pixels, ids, _, markers = self._detector.detectBoard(grey)
        numbers = frozenset() if markers is None else frozenset(int(number) for number in np.ravel(markers))
        if ids is None or len(ids) < LEAST_CORNERS:
            return Seen(None, numbers)
        places = (np.asarray(pixels, dtype=np.float64).reshape(-1, 2) + 0.5) / factor - 0.5
        found = Corners(np.ravel(ids).astype(np.int64), places)
        spread = np.linalg.matrix_rank(self._board.corners[found.ids, :2] - self._board.corners[found.ids[0], :2])
        return Seen(found if spread == 2 else None, numbers)  # corners on one line tell no pose
