"""The simulated cell: xArm 7, gripper, fisheye wrist camera, RGB-D camera, AnySkin and the tasks, free of ROS."""

import os

os.environ["MUJOCO_GL"] = "disable"  # else importing mujoco fails where EGL is missing; Offscreen asks for EGL itself

from vital_ros.sim.appearance import Appearance, Distractor
from vital_ros.sim.cell import Cell
from vital_ros.sim.config import CellConfig, load_cell_config
from vital_ros.sim.judge import Verdict
from vital_ros.sim.offscreen import RenderError
from vital_ros.sim.renderer import CellRenderer, Snapshot

__all__ = [
    "Appearance",
    "Cell",
    "CellConfig",
    "CellRenderer",
    "Distractor",
    "RenderError",
    "Snapshot",
    "Verdict",
    "load_cell_config",
]
