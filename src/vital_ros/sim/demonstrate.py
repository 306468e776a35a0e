"""Demonstrations: the expert plays in-process, successes are written as episodes (rosbag2 MCAP)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vital_ros import __version__
from vital_ros.bags import EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.config import Config, load_config
from vital_ros.evaluation.workers import Workers
from vital_ros.execution.plan import TOOL_DOWN, start_pose
from vital_ros.geometry import Pose
from vital_ros.sim.cell import Cell
from vital_ros.sim.config import load_cell_config
from vital_ros.sim.experts import Expert, make_expert
from vital_ros.sim.experts.base import direction
from vital_ros.sim.offscreen import probe
from vital_ros.sim.tasks import Task, make_task
from vital_ros.sim.tasks.card_swipe import CardSwipe

POLICY_RATE, STATE_RATE = 6.0, 100.0
"""Hz, of the expert's decisions and of /arm/state."""
FINAL_HOLD = 0.5
"""s that the hand stays after success, so that the end is in the data."""
MOMENTS = 9
"""Frames of an attempt on the contact sheet."""
ORIGIN_NS = 10**9
"""Stamp of an episode's start: a stamp of zero would mean "unknown"."""


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


def _attempt(cell: Cell, expert: Expert, directory: Path, seed: int, config: Config, film: bool) -> Demonstration:
    cell.reset(seed, first_pose(cell, seed))
    expert.reset(np.random.default_rng([seed, 3]))
    baseline = cell.baseline(config.robot.tactile.baseline_samples)
    name = f"{cell.task.name}_{seed:06d}"
    writer = EpisodeWriter(directory / name, _metadata(cell, seed, config))
    try:
        recorder = _Recorder(writer, cell, config, baseline, film)
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


def _metadata(cell: Cell, seed: int, config: Config) -> dict[str, object]:
    wrist, target = config.cameras.wrist, cell.target_pose()
    return {
        "task": cell.task.name,
        "source": "simulated expert",
        "seed": seed,
        "code_version": __version__,
        "frames": {"base": "link_base", "tool": "link_tcp"},
        "target": {"position": target.position.tolist(), "quaternion": target.quaternion.tolist()},
        "image": {"width": wrist.width, "height": wrist.height, "encoding": "rgb8", "policy_crop_right": 0.2},
        "rates": {"camera": wrist.fps, "tactile": cell.settings.tactile.rate, "arm_state": STATE_RATE},
    }


class _Recorder:
    """Writes each stream when it is due, by accumulated time."""

    def __init__(
        self, writer: EpisodeWriter, cell: Cell, config: Config, baseline: NDArray[np.float64], film: bool
    ) -> None:
        self._writer, self._cell, self._film = writer, cell, film
        self._start = self._image_due = self._state_due = cell.time
        self._frame_period = 1 / config.cameras.wrist.fps
        self._baseline = baseline
        self._tactile_time = -1.0
        self._step = -1
        self.wrist: list[NDArray[np.uint8]] = []
        self.third: list[NDArray[np.uint8]] = []
        self.touch: list[float] = []
        wrist = config.cameras.wrist
        now = self.stamp()
        info = m.camera_info_message(wrist.width, wrist.height, wrist.k, wrist.d, "equidistant", now, "wrist_camera")
        writer.write("/wrist_camera/camera_info", info, now)
        writer.write("/anyskin/baseline", m.tactile_message(baseline, now), now)
        self.sample(0)

    def elapsed(self) -> float:
        return self._cell.time - self._start

    def stamp(self) -> int:
        return ORIGIN_NS + round(self.elapsed() * 1e9)

    def sample(self, step: int) -> None:
        cell, stamp = self._cell, self.stamp()
        if cell.time >= self._state_due - 1e-9:
            self._write("/arm/state", m.arm_state_message(cell.tcp_pose(), cell.opening, stamp))
            self._state_due += 1 / STATE_RATE
        if cell.tactile_time > self._tactile_time:
            self._write("/anyskin/tactile", m.tactile_message(cell.tactile(), stamp))
            self._tactile_time = cell.tactile_time
        if cell.time >= self._image_due - 1e-9:
            self.wrist.append(cell.render_wrist())
            for topic, image in (
                ("/wrist_camera/image_raw", self.wrist[-1]),
                ("/sim/wrist_mask", cell.render_wrist_mask()),
            ):
                self._write(f"{topic}/compressed", m.compressed_image_message(image, stamp, "wrist_camera"))
            self._image_due += self._frame_period
        if step != self._step:
            self._step = step
            self.touch.append(float(np.linalg.norm((cell.tactile() - self._baseline)[0])))
            if self._film:
                self.third.append(cell.render_third()[0])

    def _write(self, topic: str, message: object) -> None:
        self._writer.write(topic, message, self.stamp())
