"""Every task's prompt finds its fixture in the third camera's picture of the cell."""

import numpy as np
import pytest

from vital_ros.execution.plan import target_frame
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.localizer import Localizer
from vital_ros.localization.registered_pointer import RegisteredPointer
from vital_ros.localization.registry import load_objects
from vital_ros.sim.tasks import TASKS


@pytest.mark.parametrize("task", TASKS)
def test_the_prompt_leads_to_the_target_frame(flawless, config, task):
    cell, third = flawless(task), config.cameras.third
    fx, _, cx, _, fy, cy = third.k[:6]
    placement = Pose(third.placement.position, third.placement.quaternion)
    pointer = RegisteredPointer(load_objects(config.directory / "objects"), config.robot.arm.workspace, 0.55)
    localizer = Localizer(pointer, placement, config.robot.arm.workspace)
    for seed in (300_000, 300_001):
        cell.reset(seed)
        image, depth = cell.render_third()
        found = localizer.locate(image, depth, PinholeCamera(fx, fy, cx, cy), cell.limits.prompt)
        frame = target_frame(cell.limits, found.point)
        assert np.linalg.norm(frame.position - cell.target_pose().position) < 0.003
