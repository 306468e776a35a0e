"""Demonstrations: the expert plays in-process, successes are written as episodes (rosbag2 MCAP)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vital_ros.bags import EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.config import Config, load_config
from vital_ros.sim.cell import Cell
from vital_ros.sim.config import load_cell_config
from vital_ros.sim.demonstration_bag import Recorder, metadata
from vital_ros.sim.experts import Expert, make_expert
from vital_ros.sim.offscreen import probe
from vital_ros.sim.starts import first_pose
from vital_ros.sim.tasks import make_task
from vital_ros.workers import Workers

POLICY_RATE = 6.0
"""Hz, of the expert's decisions."""
FINAL_HOLD = 0.5
"""s that the hand stays after success, so that the end is in the data."""
MOMENTS = 9
"""Frames of an attempt on the contact sheet."""


@dataclass
class Demonstration:
    """One attempt, and what is needed to look at it."""

    seed: int
    success: bool
    reason: str
    duration: float
    """s"""
    max_force: float
    """N"""
    wrist: list[NDArray[np.uint8]] = field(default_factory=list)
    """Frames at 30 Hz, of a few moments unless the attempt is filmed."""
    third: list[NDArray[np.uint8]] = field(default_factory=list)
    """Frames at 6 Hz, when it is filmed."""
    touch: list[float] = field(default_factory=list)
    """uT, norm of pad 0 without its baseline, at 6 Hz."""


class Demonstrator:
    """Plays attempts in one cell; a process of a pool has its own."""

    def __init__(self, task: str, directory: Path, config: Config):
        self._cell, self._directory, self._config = Cell(task, config), directory, config
        self._expert = make_expert(self._cell.task, self._cell.limits)

    def attempt(self, seed: int, film: bool) -> Demonstration:
        """Play; a success is written to `<directory>/<task>_<seed>`."""
        return _attempt(self._cell, self._expert, self._directory, seed, self._config, film)

    def close(self) -> None:
        self._cell.close()


def demonstrate(
    task: str,
    count: int,
    directory: Path,
    seed: int,
    config: Config,
    *,
    filmed: int = 0,
    processes: int = 1,
    on_attempt: Callable[[Demonstration], None] = lambda attempt: None,
) -> list[Demonstration]:
    """Go on until the folder holds `count` successful episodes `<task>_<seed>`; failures are counted, not kept.

    Seeds count up from `seed`; those whose episode is there already are not played again, so a run that was stopped
    continues. The episodes do not depend on the number of processes.

    Args:
        filmed: how many of the first seeds keep pictures of the third camera.

    Returns:
        The attempts of this run, failed ones too, by seed.

    Raises:
        RuntimeError: more attempts fail than succeed. ConfigError, RenderError.
    """
    make_task(task)
    load_cell_config(config.directory)
    probe()
    directory.mkdir(parents=True, exist_ok=True)
    _remove_partial(directory, task)
    there = {int(path.parent.name.rsplit("_", 1)[1]) for path in directory.glob(f"{task}_*/metadata.yaml")}
    there = {number for number in there if number >= seed}
    attempts: list[Demonstration] = []
    running: set[Future[Demonstration]] = set()
    next_seed = seed
    try:
        with Workers(processes, _set_up, task, directory, config.directory) as workers:
            while (missing := count - len(there) - sum(a.success for a in attempts)) > 0:
                while len(running) < min(missing, processes):
                    if next_seed not in there:
                        running.add(workers.submit(_attempt_here, next_seed, next_seed < seed + filmed))
                    next_seed += 1
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    attempts.append(future.result())
                    on_attempt(attempts[-1])
                failures = sum(not attempt.success for attempt in attempts)
                if len(attempts) >= 10 and 2 * failures > len(attempts):
                    raise RuntimeError(f"the expert fails at {task}: {failures} of {len(attempts)} attempts")
    finally:
        _remove_partial(directory, task)
    return sorted(attempts, key=lambda attempt: attempt.seed)


def _remove_partial(directory: Path, task: str) -> None:
    """What a process that was ended has left of its episode."""
    for leftover in directory.glob(f".{task}_*.partial"):
        shutil.rmtree(leftover)


_demonstrator: Demonstrator
"""Of this process of the pool."""


def _set_up(task: str, directory: Path, config_directory: Path) -> None:
    global _demonstrator
    _demonstrator = Demonstrator(task, directory, load_config(config_directory))


def _attempt_here(seed: int, film: bool) -> Demonstration:
    return _demonstrator.attempt(seed, film)


def expert_motion(cell: Cell, expert: Expert) -> Iterator[int]:
    """Let the expert play until the verdict, the time limit, and a moment longer; yields its step after every tick."""
    step, end = 0, cell.time + cell.limits.time_limit
    decided = False
    while cell.time < end:
        target, opening = expert.act(cell.truth())
        for _ in cell.motion(target, opening, 1 / POLICY_RATE):
            yield step
        step += 1
        if not decided and cell.verdict().success is not None:
            decided, end = True, cell.time + FINAL_HOLD


def _attempt(cell: Cell, expert: Expert, directory: Path, seed: int, config: Config, film: bool) -> Demonstration:
    cell.reset(seed, first_pose(cell, seed))
    expert.reset(np.random.default_rng([seed, 3]))
    baseline = cell.baseline(config.robot.tactile.baseline_samples)
    name = f"{cell.task.name}_{seed:06d}"
    writer = EpisodeWriter(directory / name, metadata(cell, seed, config))
    try:
        recorder = Recorder(writer, cell, config, baseline, film)
        for step in expert_motion(cell, expert):
            recorder.sample(step)
        verdict = cell.verdict()
        writer.metadata |= {"success": bool(verdict.success), "reason": verdict.reason or "time limit"}
        stamp = recorder.stamp()
        writer.write("/episode/label", m.label_message(name, bool(verdict.success), verdict.reason, stamp), stamp)
    except BaseException:
        writer.discard()
        raise
    if verdict.success:
        writer.close()
    else:
        writer.discard()
    wrist = recorder.wrist if film else _moments(recorder.wrist)
    return Demonstration(seed, bool(verdict.success), verdict.reason or "time limit", recorder.elapsed(),
                         cell.max_force, wrist, recorder.third, recorder.touch)  # fmt: skip


def _moments(frames: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """A few, from first to last: what a contact sheet shows need not travel between processes whole."""
    chosen = np.linspace(0, len(frames) - 1, min(MOMENTS, len(frames))).round().astype(int)
    return [frames[i] for i in chosen]
