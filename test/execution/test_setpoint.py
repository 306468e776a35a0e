import numpy as np
import pytest

from vital_ros.arm.signals import Source
from vital_ros.execution.setpoint import anchor, policy_setpoint
from vital_ros.geometry import Pose

MEASURED = Pose((0.45, 0.0, 0.1), (1, 0, 0, 0))


def ahead(distance):
    return Pose(MEASURED.position - [0, 0, distance], MEASURED.quaternion)


def test_measured_forgets_the_command():
    assert anchor("measured", MEASURED, ahead(0.005), leash=0.012) is MEASURED


def test_commanded_keeps_pressing_up_to_the_leash():
    near = ahead(0.005)
    assert anchor("commanded", MEASURED, near, leash=0.012) is near
    far = anchor("commanded", MEASURED, ahead(0.05), leash=0.012)
    np.testing.assert_allclose(far.position, ahead(0.012).position)


def test_a_tool_frame_action_goes_along_the_tool():
    setpoint = policy_setpoint(MEASURED, [0, 0, 0.003, 0, 0, 0, 0.4], "tool", 1 / 6, 12.5)
    np.testing.assert_allclose(setpoint.pose.position, [0.45, 0.0, 0.097], atol=1e-12)
    assert (setpoint.opening, setpoint.duration, setpoint.observation_stamp) == (0.4, pytest.approx(1 / 6), 12.5)
    assert not setpoint.last and setpoint.source == Source.POLICY


@pytest.mark.parametrize(("asked", "given"), [(-0.2, 0.0), (1.3, 1.0)])
def test_the_opening_is_bounded(asked, given):
    assert policy_setpoint(MEASURED, [0] * 6 + [asked], "tool", 1 / 6, 0.0).opening == given
