"""How fast the in-process cell runs, on one core: physics, servo, touch, and the fisheye view at the policy's rate."""

from __future__ import annotations

import os
import time

import numpy as np

from vital_ros.config import load_config
from vital_ros.execution.plan import start_pose
from vital_ros.sim import Cell
from vital_ros.sim.expert import Expert

EPISODES = 5


def measure() -> dict[str, float]:
    """Simulated seconds per second of one core, with and without the camera, over whole episodes."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})  # before the renderer starts its threads
    try:
        cell = Cell("key_lock", load_config())
        _play(cell, 0, camera=True)
        figures = {"cell_with_camera_x_real_time": _speed(cell, camera=True)}
        figures["cell_without_camera_x_real_time"] = _speed(cell, camera=False)
        cell.close()
        return figures
    finally:
        os.sched_setaffinity(0, cores)


def _speed(cell: Cell, camera: bool) -> float:
    begin = time.process_time()  # of all threads: other programs on the core do not count
    simulated = sum(_play(cell, seed, camera) for seed in range(EPISODES))
    return round(simulated / (time.process_time() - begin), 2)


def _play(cell: Cell, seed: int, camera: bool) -> float:
    """One episode of the expert; its simulated seconds."""
    cell.reset(seed, start_pose(cell.limits, cell.settings.fixture.pose, seed))
    expert = Expert(np.random.default_rng(seed))
    while cell.verdict().success is None and cell.time < cell.limits.time_limit:
        if camera:
            cell.render_wrist()
        cell.step(*expert.act(cell))
    return cell.time
