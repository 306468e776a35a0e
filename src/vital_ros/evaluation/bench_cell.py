"""How fast the in-process cell runs: physics, servo, touch, and the fisheye view at the policy's rate."""

from __future__ import annotations

import os
import time
from statistics import median

import numpy as np

from vital_ros.config import load_config
from vital_ros.execution.plan import start_pose
from vital_ros.sim import Cell
from vital_ros.sim.experts import make_expert
from vital_ros.sim.tasks import TASKS
from vital_ros.workers import Workers

EPISODES = 5
TOGETHER = 20.0
"""s for which all cores run side by side."""


def measure() -> dict[str, float]:
    """Simulated seconds per second: of one core for each task, and of all cores together; the expert plays."""
    figures: dict[str, float] = {}
    for task in TASKS:
        with Workers(1, _pin) as workers:
            speeds = workers.submit(_speeds, task).result()
        figures |= {f"{task}_{name}_x_real_time": speed for name, speed in speeds.items()}
    cores = len(os.sched_getaffinity(0))
    with Workers(cores, _no_setup) as workers:
        tasks = [list(TASKS)[index % len(TASKS)] for index in range(cores)]
        speeds = [workers.submit(_speed_beside_others, task) for task in tasks]
        figures["all_cores_x_real_time"] = round(sum(speed.result() for speed in speeds), 2)
    return figures


def _pin() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # before the renderer starts its threads


def _no_setup() -> None: ...


def _speeds(task: str) -> dict[str, float]:
    """With and without camera; of the CPU time of all threads: other programs on the core do not count."""
    cell = Cell(task, load_config())
    _play(cell, 0, camera=True)
    figures = {}
    for name, camera in (("with_camera", True), ("without_camera", False)):
        speeds = []
        for seed in range(EPISODES):
            begin = time.process_time()
            speeds.append(_play(cell, seed, camera) / (time.process_time() - begin))
        figures[name] = round(median(speeds), 2)
    cell.close()
    return figures


def _speed_beside_others(task: str) -> float:
    """By the wall's clock, with the other cores at work."""
    cell = Cell(task, load_config())
    _play(cell, 0, camera=True)
    begin, simulated, seed = time.monotonic(), 0.0, 0
    while time.monotonic() - begin < TOGETHER:
        simulated += _play(cell, seed, camera=True)
        seed += 1
    speed = simulated / (time.monotonic() - begin)
    cell.close()
    return speed


def _play(cell: Cell, seed: int, camera: bool) -> float:
    """One episode of the expert; its simulated seconds."""
    cell.reset(seed, start_pose(cell.limits, cell.nominal, seed))
    expert = make_expert(cell.task, cell.limits)
    expert.reset(np.random.default_rng(seed))
    while cell.verdict().success is None and cell.time < cell.limits.time_limit:
        if camera:
            cell.render_wrist()
        cell.step(*expert.act(cell.truth()))
    return cell.time
