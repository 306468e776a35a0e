"""Where demonstrations begin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vital_ros.execution.plan import TOOL_DOWN, start_pose
from vital_ros.geometry import Pose
from vital_ros.sim.cell import Cell
from vital_ros.sim.experts.base import direction
from vital_ros.sim.tasks import Task
from vital_ros.sim.tasks.card_swipe import CardSwipe


def first_pose(cell: Cell, seed: int) -> Pose:
    """Where an attempt begins, link_tcp in link_base: in the task's start box, or, every other time, nearer.

    Starts in a cone above the target show how to recover from being off at any distance. Errors made on the way would
    show that too, but would themselves be examples.
    """
    rng, target = np.random.default_rng([seed, 4]), cell.nominal
    start = start_pose(cell.limits, target, seed)
    if rng.random() < 0.5:
        return start
    near = near_start(cell.task, (target.inverse() @ start).position, rng)
    return target @ Pose(near, TOOL_DOWN.quaternion)


def near_start(task: Task, start: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A place of link_tcp in the target frame, m, between the target and the height (or distance) of `start`."""
    share, across = rng.uniform(0.1, 0.8), np.sqrt(rng.random()) * direction(rng)
    if isinstance(task, CardSwipe):
        edge = start[0] + task.tip[0]  # of the card, before the mouth
        widest = min(0.003 + 0.4 * share * -edge, 0.02)
        return np.array([share * edge - task.tip[0], widest * across[0], 0.0145 + 0.5 * widest * across[1]])
    lowest = task.tip[2] if task.thickness is not None else 0.015  # m, of link_tcp when the tip, or a finger, arrives
    height = share * (start[2] - lowest)
    return np.array([*(min(0.004 + 0.6 * height, 0.03) * across), lowest + height])
