"""Places and instances as data."""

from types import SimpleNamespace

import numpy as np
import pytest

from vital_ros.config import ConfigError
from vital_ros.config.base import parse
from vital_ros.sim.instance import Instance
from vital_ros.sim.place import Place

TASK = SimpleNamespace(height=0.05)


def test_the_default_is_where_demonstrations_are_made():
    pose = Place().pose(TASK)
    np.testing.assert_allclose(pose.position, (0.45, 0, 0.05))
    np.testing.assert_allclose(pose.quaternion, (0, 0, 0, 1))


def test_a_place_turns_about_z_and_lifts_from_the_task_s_own_height():
    pose = Place(position=(0.4, -0.1), lift=0.03, yaw=np.pi / 2).pose(TASK)
    np.testing.assert_allclose(pose.apply((0.1, 0, 0)), (0.4, 0.0, 0.08), atol=1e-12)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"scale": 1.5}, "less than or equal to 1.4"),
        ({"shape": "sphere"}, "'box' or 'cylinder'"),
        ({"body": [0, 0, 2]}, "less than or equal to 1"),
        ({"colour": [0, 0, 0]}, "unknown key 'colour'; allowed here: shape, scale, body"),
    ],
)
def test_an_impossible_object_is_refused(data, says):
    with pytest.raises(ConfigError, match=says):
        parse(Instance, data, "object")
