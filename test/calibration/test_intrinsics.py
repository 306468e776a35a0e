"""The wrist camera's lens from boards seen through the simulated cell's fisheye."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vital_ros.calibration.detection import Corners
from vital_ros.calibration.intrinsics import calibrate_intrinsics
from vital_ros.config import ConfigError
from vital_ros.geometry.equidistant import directions

from .rig import EyeRig


def angles_off(rig, lens):
    """Degrees between where pixels look and where the calibration has them look, over the middle of the picture.

    A turn of the whole view does not count: that is the camera's placement.
    """
    u, v = np.meshgrid(np.arange(16.0, 144, 8), np.arange(12.0, 116, 8))
    pixels = np.column_stack([u.ravel(), v.ravel()])
    k = rig.camera.k
    true, found = directions(pixels, (k[0], k[4], k[2], k[5]), rig.camera.d), directions(pixels, lens.k, lens.d)
    turn, _ = Rotation.align_vectors(true, found)
    return np.rad2deg(np.linalg.norm(true - turn.apply(found), axis=1))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_finds_the_lens_with_a_noise_of_0_3_px(seed):
    """A pixel of this camera is 0.6 degrees."""
    rig = EyeRig(seed)
    found = calibrate_intrinsics(rig.views(24), rig.board)
    assert found.kept.inside.all()
    assert 0.3 < found.rms_px < 0.6
    k = rig.camera.k
    np.testing.assert_allclose(found.lens.k[:2], (k[0], k[4]), rtol=4 * found.sigma_focal)
    np.testing.assert_allclose(found.lens.k[2:], (k[2], k[5]), atol=4 * found.sigma_centre)
    assert np.median(angles_off(rig, found.lens)) < 0.6


def test_of_sharp_pictures_it_is_good_to_a_third_of_a_pixel():
    rig = EyeRig(4)
    found = calibrate_intrinsics(rig.views(24, noise=0.0), rig.board)
    assert found.rms_px < 0.3
    assert np.median(angles_off(rig, found.lens)) < 0.2


@pytest.fixture(scope="module")
def some():
    rig = EyeRig(5)
    return rig, rig.views(20)


def test_views_that_do_not_fit_are_left_out(some):
    rig, views = some
    bent = views[2].corners.pixels + rig.random.normal(0, 4.0, views[2].corners.pixels.shape)
    views = [*views[:2], replace(views[2], corners=Corners(views[2].corners.ids, bent)), *views[3:]]
    found = calibrate_intrinsics(views, rig.board)
    assert np.flatnonzero(~found.kept.inside).tolist() == [2]


def test_too_few_views(some):
    rig, views = some
    with pytest.raises(ConfigError, match="9 views of the board; at least 10"):
        calibrate_intrinsics(views[:9], rig.board)


def test_a_part_of_the_picture_without_the_board(some):
    rig, views = some
    left = []
    for view in views:
        inside = view.corners.pixels[:, 0] < 100
        if inside.sum() >= 8:
            left.append(replace(view, corners=Corners(view.corners.ids[inside], view.corners.pixels[inside])))
    with pytest.raises(ConfigError, match="no corner of the board in the upper right, middle right, lower right ninth"):
        calibrate_intrinsics(left, rig.board)


def test_corners_of_no_board(some):
    rig, views = some
    wild = [replace(view, corners=Corners(view.corners.ids, rig.random.permutation(view.corners.pixels)))
            for view in views[:12]]  # fmt: skip
    with pytest.raises(ConfigError, match="no equidistant lens fits|do not fit the others"):
        calibrate_intrinsics(wild, rig.board)
