"""Which pictures become views."""

import numpy as np
import pytest

from vital_ros.calibration.board import Board
from vital_ros.calibration.collecting import HeldBoard, ShownBoard
from vital_ros.calibration.lens import Lens
from vital_ros.config import ConfigError
from vital_ros.geometry import Pose

from .rig import EyeRig, Rig

SECOND = 10**9
STATES = 50
"""Hz"""


def stand(collector, tool, image, start, seconds=0.6, rate=10):
    """The arm stands still for some time, states and pictures come; the end in s."""
    return move(collector, [tool] * int(seconds * STATES), image, start, rate)


def move(collector, tools, image, start, rate=10):
    for number, tool in enumerate(tools):
        stamp = int((start + number / STATES) * SECOND)
        if number % (STATES // rate) == 0:
            collector.add_image(stamp, image)
        collector.add_pose(stamp, tool)
    return start + len(tools) / STATES


@pytest.fixture(scope="module")
def rig():
    return Rig(40)


def test_one_view_of_each_standstill(rig):
    collector, time, tools = HeldBoard(rig.board, 640, 480), 100.0, [rig.tool() for _ in range(3)]
    for tool in [*tools, tools[0]]:
        time = stand(collector, tool, rig.picture(tool), time)
        away = [tool @ Pose((0, 0, -0.002 * step)) for step in range(20)]
        time = move(collector, away, rig.picture(tool), time)
    views = collector.finish()
    assert [view.name for view in views] == ["view 1", "view 2", "view 3"]
    for view, tool in zip(views, tools, strict=True):
        assert view.tool.allclose(tool)
        seen = rig.lens.project(rig.board_seen(tool).apply(rig.board.corners[view.corners.ids]))
        np.testing.assert_allclose(view.corners.pixels, seen, atol=0.5)
    assert "with the arm in motion" in collector.account() and "where there is a view already" in collector.account()


def test_pictures_without_poses_are_no_views(rig):
    tool = rig.tool()
    collector, image = HeldBoard(rig.board, 640, 480), rig.picture(tool)
    for number in range(200):
        collector.add_pose(int(number / STATES * SECOND), tool)
    for number in range(70):  # by another clock
        collector.add_image((1000 + number) * SECOND, image)
    assert collector.finish() == []
    assert "70 without arm poses within 150 ms before and after them" in collector.account()


def test_the_last_picture_needs_a_pose_after_it(rig):
    tool = rig.tool()
    collector = HeldBoard(rig.board, 640, 480)
    collector.add_pose(0, tool)
    collector.add_image(SECOND // 10, rig.picture(tool))
    assert collector.finish() == []


def test_empty_pictures(rig):
    collector = HeldBoard(rig.board, 640, 480)
    stand(collector, rig.tool(), np.full((480, 640, 3), 90, np.uint8), 0.0)
    assert collector.finish() == []
    assert "without the board" in collector.account()


def test_another_board_is_told(rig):
    tool = rig.tool()
    collector = HeldBoard(Board(4, 3, 0.035), 640, 480)
    stand(collector, tool, rig.picture(tool), 0.0)
    with pytest.raises(ConfigError, match=r"markers 6, 7, .*16 are not of a board of 4 x 3 squares.*--squares"):
        collector.finish()


def test_sizes_that_contradict_the_configuration(rig):
    collector = HeldBoard(rig.board, 640, 480)
    with pytest.raises(ConfigError, match="the pictures are of 320 x 240 px, cameras.yaml says 640 x 480"):
        collector.add_image(0, np.zeros((240, 320, 3), np.uint8))
    with pytest.raises(ConfigError, match="for pictures of 1280 x 720 px, cameras.yaml says 640 x 480"):
        collector.add_lens(Lens(1280, 720, rig.lens.k, (), "plumb_bob"))


@pytest.mark.parametrize(
    ("k", "d", "model", "message"),
    [
        (np.zeros(9), (0,) * 5, "plumb_bob", "holds no calibration"),
        (np.eye(3), (0,) * 4, "tilted", "model 'tilted' with 4 coefficients is not understood; known: plumb_bob"),
        (np.eye(3), (0,) * 5, "equidistant", "model 'equidistant' with 5 coefficients"),
    ],
)
def test_camera_infos_that_cannot_be_used(k, d, model, message):
    with pytest.raises(ConfigError, match=message):
        Lens.from_camera_info(640, 480, k, d, model)


def test_a_shown_board_must_rest_and_then_move_on():
    rig = EyeRig(41)
    collector = ShownBoard(rig.board, 160, 128)
    width, height = rig.board.size
    for number, x in enumerate((0.0, 0.0, 0.0, 0.03, 0.06, 0.06)):
        seen = Pose((x - width / 2, -height / 2, 0.18))
        collector.add_image(int(0.3 * number * SECOND), rig.picture(seen))
        collector.add_image(int((0.3 * number + 0.1) * SECOND), rig.picture(seen))  # too soon to be looked at
    views = collector.finish()
    assert [view.stamp_ns for view in views] == [3 * SECOND // 10, 15 * SECOND // 10]
    assert collector.told["with the board in motion"] == 3 and collector.told["where there is a view already"] == 1
    assert [stamp for stamp, _ in collector.pictures] == [0, 3 * SECOND // 10, 12 * SECOND // 10, 15 * SECOND // 10]
