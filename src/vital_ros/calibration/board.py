"""The ChArUco board: its corners, its picture, and the page to print."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vital_ros.config import ConfigError

MARKER_SHARE = 0.75
"""Side of a marker over side of its square."""
MODULE = 16
"""px of a marker's module in the picture; a marker of DICT_4X4_50 has 6 across, its square 8."""
PAGE = (0.297, 0.210)
"""m, A4 lying; a larger board takes a larger page."""
MARGIN = 0.012
"""m of white around a board that is larger than that."""
FORMATS = (".png", ".pdf", ".svg")


@dataclass(frozen=True)
class Board:
    """Markers of DICT_4X4_50 in the white squares of a chessboard.

    The board's frame has its origin in the upper left corner of the picture, x right, y down, z into the board.

    Attributes:
        columns, rows: squares.
        square: m, side of one as printed.
    """

    columns: int = 7
    rows: int = 5
    square: float = 0.035

    def __post_init__(self) -> None:
        """Raise ConfigError for a board that cannot be."""
        markers = self.columns * self.rows // 2
        if min(self.columns, self.rows) < 3 or markers > 50:
            raise ConfigError(f"board of {self.columns} x {self.rows} squares: 3 x 3 at least, 100 squares at most")
        if not 0.002 <= self.square <= 1.0:
            raise ConfigError(f"squares of {self.square:g} m: 0.002 to 1 m; the side of one square, measured")
        if not hasattr(cv2, "aruco") or not hasattr(cv2.aruco, "CharucoDetector"):
            raise ConfigError(f"OpenCV {cv2.__version__} reads no ChArUco boards; 4.7 or newer from pip does")

    @cached_property
    def charuco(self) -> cv2.aruco.CharucoBoard:
        dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
        return cv2.aruco.CharucoBoard((self.columns, self.rows), self.square, MARKER_SHARE * self.square, dictionary)

    @cached_property
    def corners(self) -> NDArray[np.float64]:
        """Inner corners in the board's frame, m, (n, 3); a corner's number is its row."""
        return np.asarray(self.charuco.getChessboardCorners(), dtype=np.float64)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, m."""
        return self.columns * self.square, self.rows * self.square

    def picture(self) -> NDArray[np.uint8]:
        """(H, W) grey, 8 * MODULE px a square."""
        side = 8 * MODULE
        return np.asarray(self.charuco.generateImage((self.columns * side, self.rows * side)), dtype=np.uint8)

    def print_page(self, path: Path) -> tuple[float, float]:
        """Write the board at its true size on a page; its width and height, m. Raise ConfigError."""
        if path.suffix.lower() not in FORMATS:
            raise ConfigError(f"--output {path}: it should end in {', '.join(FORMATS)}")
        width, height = self.size
        fits = width + 2 * MARGIN <= PAGE[0] and height + 2 * MARGIN <= PAGE[1]
        page = PAGE if fits else (width + 2 * MARGIN, height + 2 * MARGIN)
        figure = Figure(figsize=(page[0] / 0.0254, page[1] / 0.0254))
        FigureCanvasAgg(figure)
        left, bottom = (page[0] - width) / 2 / page[0], (page[1] - height) / 2 / page[1]
        axes = figure.add_axes((left, bottom, width / page[0], height / page[1]))
        axes.imshow(self.picture(), cmap="gray", interpolation="none", aspect="auto")
        axes.set_axis_off()
        told = f"{self.columns} x {self.rows} squares of {1e3 * self.square:g} mm; print at 100 %, then measure one"
        figure.text(left, bottom / 2, told, fontsize=7, color="0.5", verticalalignment="center")
        try:
            figure.savefig(path, dpi=300)
        except OSError as error:
            raise ConfigError(f"--output {path}: cannot be written ({error.strerror})") from None
        return page
