"""The board as printed."""

import cv2
import numpy as np
import pytest

from vital_ros.calibration.board import Board
from vital_ros.calibration.detection import Detector
from vital_ros.config import ConfigError


def test_a_printed_page_has_squares_of_the_true_size(tmp_path):
    board = Board(5, 4, 0.03)
    assert board.print_page(tmp_path / "board.png") == (0.297, 0.21)
    page = cv2.imread(str(tmp_path / "board.png"), cv2.IMREAD_GRAYSCALE)
    np.testing.assert_allclose(page.shape, np.array([0.21, 0.297]) / 0.0254 * 300, atol=1)
    small = cv2.resize(page, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    found = Detector(board).see(small).corners
    assert len(found.ids) == len(board.corners) == 12
    metres = (found.pixels - found.pixels[0]) * 0.0254 / (300 * 0.4)
    np.testing.assert_allclose(metres, (board.corners - board.corners[0])[found.ids, :2], atol=1e-4)


def test_a_large_board_takes_a_large_page(tmp_path):
    assert Board(10, 8, 0.04).print_page(tmp_path / "board.pdf") == pytest.approx((0.424, 0.344))
    assert (tmp_path / "board.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((2, 5, 0.03), "3 x 3 at least"),
        ((11, 10, 0.03), "100 squares at most"),
        ((7, 5, 35.0), "squares of 35 m: 0.002 to 1 m"),
        ((7, 5, float("nan")), "squares of nan m"),
    ],
)
def test_boards_that_cannot_be(numbers, message):
    with pytest.raises(ConfigError, match=message):
        Board(*numbers)


@pytest.mark.parametrize(("name", "message"), [("board.doc", "should end in .png"), ("none/board.png", "cannot be")])
def test_files_that_cannot_be_written(tmp_path, name, message):
    with pytest.raises(ConfigError, match=message):
        Board().print_page(tmp_path / name)
