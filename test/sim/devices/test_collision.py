"""Force in the physics is an error of the driver."""

import numpy as np
import pytest

from vital_ros.geometry import Pose
from vital_ros.sim.devices import XArmDriver
from vital_ros.sim.devices.xarm_driver import COLLISION, OK, SERVO, STOPPED


@pytest.mark.parametrize("task", ["plug_socket", "pick_block"])
def test_pressing_too_hard_raises_error_31_and_stops_the_arm(firm, task):
    cell = firm(task)
    limit = cell.limits.collision_force
    cell.reset(0, above(cell, 0.004))
    driver = XArmDriver(cell, 1 / cell.settings.physics.servo_rate, limit)
    for step in (lambda: driver.motion_enable(8, 1), lambda: driver.set_mode(SERVO), lambda: driver.set_state(0)):
        assert step() == OK
    forces, heights = [], np.arange(0.004, -0.012, -0.00002)  # 5 mm/s
    for height in heights:
        x, y, z = 1e3 * above(cell, height).position
        if driver.set_servo_cartesian([x, y, z, np.pi, 0.0, 0.0]) != OK:
            break
        driver.tick()
        forces.append(cell.contact_force())
    report = driver.report()
    assert (report.err, report.state) == (COLLISION, STOPPED)
    assert limit < max(forces) < 2 * limit
    assert forces[0] == 0
    before = cell.tcp_pose()
    for _ in range(100):
        driver.tick()
    assert cell.tcp_pose().position[2] > before.position[2] - 2e-4  # it does not go on


def above(cell, height):
    """Beside the opening, or with the fingers over the table; tool down, `height` m above what it meets."""
    lowest = cell.task.tip[2] if cell.task.thickness is not None else 0.009 - cell.task.height
    return cell.nominal @ Pose((0.012, 0.040 if cell.task.thickness is None else 0, lowest + height), (1, 0, 0, 0))
