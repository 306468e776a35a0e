import numpy as np
import pytest

from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.localizer import Localizer
from vital_ros.localization.pointer import Candidate, LocalizationError
from vital_ros.localization.registered_pointer import RegisteredPointer

CAMERA = PinholeCamera(600.0, 600.0, 319.5, 239.5)
DEPTH = np.full((480, 640), 0.95)


@pytest.fixture
def localizer(lock, workspace):
    pointer = RegisteredPointer([lock], workspace, 0.55)
    return Localizer(pointer, Pose((0.45, 0.0, 1.0), (1, 0, 0, 0)), workspace)


def test_finds_a_point_of_link_base(localizer, scene):
    located = localizer.locate(scene((320, 240)), DEPTH, CAMERA, "key lock")
    np.testing.assert_allclose(located.point, [0.45, 0.0, 0.05], atol=2e-3)
    assert located.pointing_time > 0 and located.projection_time > 0


def test_says_so_when_it_is_not_there(localizer, scene):
    with pytest.raises(LocalizationError, match=r"'key lock' not found in the camera's image") as error:
        localizer.locate(scene(None), DEPTH, CAMERA, "key lock")
    assert error.value.candidate is None


def test_refuses_a_point_outside_the_workspace(localizer, scene):
    with pytest.raises(LocalizationError, match=r"outside the workspace of config/robot.yaml") as error:
        localizer.locate(scene((440, 240)), DEPTH, CAMERA, "key lock")
    assert error.value.candidate is not None and error.value.candidate.label == "key lock"


def test_objects_may_lie_below_the_tools_floor(localizer, scene):
    located = localizer.locate(scene((320, 240)), DEPTH + 0.05, CAMERA, "key lock")
    assert located.point[2] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("query", "complaint"),
    [("", "empty query"), (" \n\t\0", "empty query"), ("lock " * 1000, "a query of 5000 characters: at most 200")],
)
def test_refuses_a_query_that_says_nothing_or_too_much(localizer, scene, query, complaint):
    with pytest.raises(LocalizationError, match=complaint):
        localizer.locate(scene((320, 240)), DEPTH, CAMERA, query)


def test_refuses_depth_that_is_not_aligned(localizer, scene):
    with pytest.raises(LocalizationError, match="the depth image has 320 x 240 px, the colour image 640 x 480"):
        localizer.locate(scene((320, 240)), DEPTH[::2, ::2], CAMERA, "key lock")


def test_refuses_an_empty_image(localizer):
    with pytest.raises(LocalizationError, match="an empty image of 0 x 0 px"):
        localizer.locate(np.zeros((0, 0, 3), np.uint8), np.zeros((0, 0)), CAMERA, "key lock")


def test_refuses_depth_that_is_zero_everywhere(localizer, scene):
    with pytest.raises(LocalizationError, match="no depth at pixel .* 0% of the pixels around it are valid"):
        localizer.locate(scene((320, 240)), np.zeros((480, 640)), CAMERA, "key lock")


def test_refuses_a_place_below_every_table(localizer, scene):
    with pytest.raises(LocalizationError, match="outside the workspace"):
        localizer.locate(scene((320, 240)), DEPTH + 0.2, CAMERA, "key lock")


class Anywhere:
    """Points where it is told to, as a model may."""

    threshold = 0.5

    def __init__(self, u, v, confidence=1.0):
        self._candidate = Candidate(u, v, confidence, "key lock")

    def point(self, sight, query):
        return [self._candidate]


@pytest.mark.parametrize("pixel", [(-3, 5), (640, 5), (5, 480), (float("nan"), 5), (float("inf"), 5)])
def test_a_point_outside_the_image_is_no_answer(scene, workspace, pixel):
    localizer = Localizer(Anywhere(*pixel), Pose((0.45, 0.0, 1.0), (1, 0, 0, 0)), workspace)
    with pytest.raises(LocalizationError, match="outside the 640 x 480 depth image"):
        localizer.locate(scene(None), DEPTH, CAMERA, "key lock")


def test_below_the_pointers_threshold_nothing_is_found(scene, workspace):
    localizer = Localizer(Anywhere(320, 240, 0.49), Pose((0.45, 0.0, 1.0), (1, 0, 0, 0)), workspace)
    with pytest.raises(LocalizationError, match=r"best match 0.49, 0.50 is needed"):
        localizer.locate(scene(None), DEPTH, CAMERA, "key lock")
