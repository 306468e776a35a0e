"""The camera's pose from boards with known truth."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vital_ros.calibration.board import Board
from vital_ros.calibration.hand_eye import calibrate_hand_eye
from vital_ros.calibration.lens import Lens
from vital_ros.config import ConfigError
from vital_ros.geometry import Pose

from .rig import Rig

LIMIT_M, LIMIT_DEG = 0.0015, 0.15
BENT = Lens(640, 480, (608.0, 609.0, 322.0, 236.0), (0.12, -0.2, 0.001, -0.0005, 0.05), "plumb_bob")


def check(rig, found):
    translation, angle = found.camera.distance(rig.camera)
    assert translation <= LIMIT_M and np.rad2deg(angle) <= LIMIT_DEG
    assert found.board.distance(rig.held)[0] <= LIMIT_M


@pytest.mark.parametrize(("seed", "rendered"), [(1, True), (2, True), *((seed, False) for seed in range(3, 11))])
def test_finds_the_camera_with_a_noise_of_0_3_px(seed, rendered):
    rig = Rig(seed)
    found = calibrate_hand_eye(rig.views(18, rendered), rig.lens, rig.board)
    check(rig, found)
    assert found.kept.inside.all()
    assert 0.35 < found.rms_px < 0.55  # sqrt(2) of the noise, and what rendering adds
    assert found.square == pytest.approx(rig.board.square, rel=0.005)


def test_the_standard_error_is_honest():
    """Over many boards the errors are as large as they are said to be."""
    ratios = []
    for seed in range(20, 32):
        rig = Rig(seed)
        found = calibrate_hand_eye(rig.views(12), rig.lens, rig.board)
        ratios.append(found.camera.distance(rig.camera)[0] / found.sigma_m)
    assert 0.6 < np.sqrt(np.mean(np.square(ratios))) < 1.5


def test_the_driver_s_distortion_is_respected():
    rig = Rig(11, lens=BENT)
    check(rig, calibrate_hand_eye(rig.views(18), rig.lens, rig.board))


def test_without_noise_it_is_exact():
    rig = Rig(12)
    views = [rig.view(number, rig.tool(), noise=0.0, rendered=False) for number in range(1, 11)]
    assert calibrate_hand_eye(views, rig.lens, rig.board).camera.allclose(rig.camera, 1e-6)


def test_views_that_do_not_fit_are_left_out():
    rig = Rig(13)
    views = rig.views(18)
    views[3] = replace(views[3], tool=views[3].tool @ Pose.from_rotvec((0, 0.02, 0), (0, 0, 0)))
    views[9] = replace(views[9], tool=views[9].tool @ Pose.from_rotvec((0, 0, 0), (0, 0, 0.1)))
    found = calibrate_hand_eye(views, rig.lens, rig.board)
    assert np.flatnonzero(~found.kept.inside).tolist() == [3, 9]
    check(rig, found)


def test_a_camera_that_was_moved_in_between_is_refused():
    rig = Rig(14)
    views = rig.views(9)
    rig.camera = rig.camera @ Pose.from_rotvec((0.03, 0, 0), (0, 0.05, 0))
    with pytest.raises(ConfigError, match="do not fit"):
        calibrate_hand_eye(views + rig.views(9), rig.lens, rig.board)


def test_squares_of_another_size_are_measured_and_refused():
    rig = Rig(15)
    with pytest.raises(ConfigError, match=r"a square measures 3[45]\.\d\d mm, not 30\.00; .*--square"):
        calibrate_hand_eye(rig.views(18), rig.lens, Board(7, 5, 0.03))


def test_too_few_views():
    rig = Rig(16)
    with pytest.raises(ConfigError, match="7 views of the board; at least 8"):
        calibrate_hand_eye(rig.views(7), rig.lens, rig.board)


@pytest.mark.parametrize("axes", [(), (2,)])
def test_turns_about_less_than_two_axes_are_refused(axes):
    rig = Rig(17)
    start, views = rig.tool(turn=0.1), []
    for number in range(12):
        turn = np.zeros(3)
        turn[list(axes)] = rig.random.uniform(-0.4, 0.4, len(axes))
        tool = Pose.from_rotation(start.position, start.rotation * Rotation.from_rotvec(turn))
        views.append(rig.view(number, tool, rendered=False))
    with pytest.raises(ConfigError, match="the gripper hardly turned.*about two axes"):
        calibrate_hand_eye(views, rig.lens, rig.board)
