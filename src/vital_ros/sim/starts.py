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

IN_BOX, IN_CONE = 0.3, 0.4
"""Share of attempts that begin in the task's start box, in the cone; the others begin close to the target."""
GRASP = 0.015
"""m, height of link_tcp at which fingers are beside a block."""
UPRIGHT = 0.0145
"""m, height of link_tcp over the mouth when a card is half way between the floor of the channel and too high."""


def first_pose(cell: Cell, seed: int) -> Pose:
    """Where an attempt begins, link_tcp in link_base: in the task's start box, or nearer.

    Starts in a cone above the target show how to recover from being off at any distance, starts close before it how to
    find it by touch. Errors made on the way would show that too, but would themselves be examples.
    """
    rng, target = np.random.default_rng([seed, 4]), cell.nominal
    start, kind = start_pose(cell.limits, target, seed), rng.random()
    if kind < IN_BOX:
        return start
    if kind < IN_BOX + IN_CONE:
        near = near_start(cell.task, (target.inverse() @ start).position, rng)
    else:
        near = close_start(cell.task, rng)
    return target @ Pose(near, TOOL_DOWN.quaternion)


def near_start(task: Task, start: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A place of link_tcp in the target frame, m, between the target and the height (or distance) of `start`."""
    share, across = rng.uniform(0.05, 0.8), _disc(rng)
    if isinstance(task, CardSwipe):
        edge = start[0] + task.tip[0]  # of the card, before the mouth
        widest = min(0.006 + 0.5 * share * -edge, 0.02)
        high = UPRIGHT + min(0.5 * widest, 0.008) * across[1]
        return np.array([share * edge - task.tip[0], widest * across[0], high])
    lowest = task.tip[2] if task.thickness is not None else GRASP
    height = share * (start[2] - lowest)
    return np.array([*(min(0.006 + 0.7 * height, 0.03) * across), lowest + height])


def close_start(task: Task, rng: np.random.Generator) -> NDArray[np.float64]:
    """A place of link_tcp in the target frame, m, some millimetres before the target and beside it."""
    across, before = _disc(rng), rng.uniform(0.001, 0.005)
    if isinstance(task, CardSwipe):
        return np.array([-before - task.tip[0], 0.005 * across[0], UPRIGHT + 0.004 * across[1]])
    if task.thickness is not None:
        return np.array([*(0.004 * across), task.tip[2] + before])
    return np.array([*(0.010 * across), GRASP + task.height / 2 + before])


def _disc(rng: np.random.Generator) -> NDArray[np.float64]:
    """A point of the unit disc, uniform."""
    return np.sqrt(rng.random()) * direction(rng)
