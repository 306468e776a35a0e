import numpy as np
import pytest

from vital_ros.config.localizer import ChecksConfig
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.pointer import LocalizationError
from vital_ros.localization.projection import check_lens, depth_at, locate

CAMERA = PinholeCamera(600.0, 600.0, 319.5, 239.5)
ABOVE = Pose((0.4, 0.0, 1.0), (1, 0, 0, 0))  # 1 m up, looking straight down


def test_a_hole_at_the_very_pixel_does_not_decide():
    depth = np.full((480, 640), 0.9)
    depth[236:243, 318:321] = 0.92
    depth[240, 320] = 0.0
    assert depth_at(depth, 319.5, 239.5) == 0.9


@pytest.mark.parametrize("invalid", [0.0, np.nan, np.inf, -1.0])
def test_too_few_valid_depths_are_refused(invalid):
    depth = np.full((480, 640), invalid)
    depth[239, 319] = 0.9
    with pytest.raises(LocalizationError, match=r"no depth at pixel \(320, 240\): 1% of the pixels"):
        depth_at(depth, 320, 240)


@pytest.mark.parametrize("pixel", [(-1, 5), (640, 5), (5, 480)])
def test_a_pixel_outside_is_refused(pixel):
    with pytest.raises(LocalizationError, match="outside the 640 x 480"):
        depth_at(np.ones((480, 640)), *pixel)


def test_an_edge_between_two_surfaces_is_refused():
    depth = np.full((480, 640), 0.9)
    depth[:, 322:] = 1.0
    with pytest.raises(LocalizationError, match="lies on an edge: the depths around it spread over 100 mm"):
        depth_at(depth, 320, 240)
    assert depth_at(depth, 320, 240, ChecksConfig(depth_spread=0.2)) == 0.9


def test_the_border_uses_what_there_is():
    assert depth_at(np.full((480, 640), 0.7), 639.4, 0.0) == 0.7


def test_locates_in_link_base():
    u, v = CAMERA.project(ABOVE.inverse().apply([0.45, 0.1, 0.05]))
    np.testing.assert_allclose(locate(u, v, np.full((480, 640), 0.95), CAMERA, ABOVE), [0.45, 0.1, 0.05], atol=1e-9)


@pytest.mark.parametrize(
    ("lens", "alike"),
    [
        (PinholeCamera(617.0, 617.0, 325.0, 236.0), True),
        (PinholeCamera(385.0, 385.0, 319.5, 239.5), False),
        (PinholeCamera(900.0, 900.0, 640.0, 360.0), False),
        (PinholeCamera(600.0, 600.0, 239.5, 319.5), False),
    ],
)
def test_images_of_another_lens_than_the_calibrations(lens, alike):
    if alike:
        check_lens(lens, CAMERA)
    else:
        with pytest.raises(LocalizationError, match=r"those of cameras.yaml \(third.k\) 600, 600, 320, 240: was it"):
            check_lens(lens, CAMERA)
