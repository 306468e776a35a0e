"""A person's setpoint is given in link_base and new, or it is ignored."""

from types import SimpleNamespace

import pytest
from vital_msgs.msg import Setpoint

from vital_ros.nodes.conversions import stamp_from_seconds
from vital_ros.nodes.ros_robot import RosRobot


@pytest.mark.parametrize(
    ("frame", "stamp", "complaint"),
    [
        ("link_base", 99.5, ""),
        ("world", 99.5, "its frame is 'world', it should be link_base"),
        ("link_base", 98.0, "it is 2.0 s old"),
        ("link_base", 102.0, "it is -2.0 s old"),
    ],
)
def test_setpoint_of_a_person(frame, stamp, complaint):
    taken, said = [], []
    logger = SimpleNamespace(warning=said.append)
    robot = SimpleNamespace(
        _person=taken.append, now=lambda: 100.0, _setpoint_age=1.0, _node=SimpleNamespace(get_logger=lambda: logger)
    )
    message = Setpoint()
    message.header.frame_id, message.header.stamp = frame, stamp_from_seconds(stamp)
    message.pose.orientation.w = 1.0
    RosRobot._on_teleop(robot, message)
    assert said == ([f"/arm/teleop: setpoint ignored: {complaint}"] if complaint else [])
    assert len(taken) == (0 if complaint else 1)
