import numpy as np
import pytest

from vital_ros.config.task import Workspace
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.localizer import Localizer
from vital_ros.localization.pointer import LocalizationError
from vital_ros.localization.registered_pointer import RegisteredPointer

CAMERA = PinholeCamera(600.0, 600.0, 319.5, 239.5)
DEPTH = np.full((480, 640), 0.95)


@pytest.fixture
def localizer(lock):
    workspace = Workspace(min=(0.2, -0.36, 0.04), max=(0.62, 0.36, 0.6))
    return Localizer(RegisteredPointer([lock]), Pose((0.45, 0.0, 1.0), (1, 0, 0, 0)), workspace)


def test_finds_a_point_of_link_base(localizer, scene):
    located = localizer.locate(scene((320, 240)), DEPTH, CAMERA, "key lock")
    np.testing.assert_allclose(located.point, [0.45, 0.0, 0.05], atol=2e-3)
    assert located.pointing_time > 0 and located.projection_time > 0


def test_says_so_when_it_is_not_there(localizer, scene):
    with pytest.raises(LocalizationError, match=r"'key lock' not found .*best match 0\.\d\d, 0.6 is needed"):
        localizer.locate(scene(None), DEPTH, CAMERA, "key lock")


def test_refuses_a_point_outside_the_workspace(localizer, scene):
    with pytest.raises(LocalizationError, match=r"outside the workspace of config/robot.yaml"):
        localizer.locate(scene((600, 240)), DEPTH, CAMERA, "key lock")


def test_objects_may_lie_below_the_tools_floor(localizer, scene):
    located = localizer.locate(scene((320, 240)), DEPTH + 0.05, CAMERA, "key lock")
    assert located.point[2] == pytest.approx(0.0, abs=1e-6)
