"""The simulated cell: xArm 7, gripper, fisheye wrist camera, RGB-D camera, AnySkin and the tasks, free of ROS."""

import os

os.environ.setdefault("MUJOCO_GL", "egl")  # read by mujoco when it is imported

from vital_ros.sim.appearance import Appearance, Distractor  # noqa: E402
from vital_ros.sim.cell import Cell, Verdict  # noqa: E402
from vital_ros.sim.config import CellConfig, load_cell_config  # noqa: E402
from vital_ros.sim.offscreen import RenderError  # noqa: E402
from vital_ros.sim.renderer import CellRenderer, Snapshot  # noqa: E402

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
