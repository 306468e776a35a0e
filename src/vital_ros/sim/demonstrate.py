"""Demonstrations: the expert plays in-process, successes are written as episodes (rosbag2 MCAP)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vital_ros import __version__
from vital_ros.bags import EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.config import Config
from vital_ros.execution.plan import TOOL_DOWN, start_pose
from vital_ros.geometry import Pose
from vital_ros.sim.cell import Cell
from vital_ros.sim.expert import Expert

POLICY_RATE, STATE_RATE = 6.0, 100.0
"""Hz, of the expert's decisions and of /arm/state."""
FINAL_HOLD = 0.5
"""s that the hand stays after success, so that the end is in the data."""
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
    """Frames at 30 Hz."""
    third: list[NDArray[np.uint8]] = field(default_factory=list)
    """Frames at 6 Hz, when asked for."""
    touch: list[float] = field(default_factory=list)
    """uT, norm of pad 0 without its baseline, at 6 Hz."""


def demonstrate(
    task: str,
    count: int,
    directory: Path,
    seed: int,
    config: Config,
    filmed: int = 0,
    on_attempt: Callable[[Demonstration], None] = lambda attempt: None,
) -> list[Demonstration]:
    """Write `count` successful episodes `<directory>/<task>_<seed>`; failures are counted, not kept.

    Args:
        seed: of the first attempt; each further attempt uses the next.
        filmed: how many of the first attempts keep pictures of the third camera.

    Returns:
        Every attempt, failed ones too.

    Raises:
        FileExistsError: an episode exists already. RuntimeError: more attempts fail than succeed. ConfigError.
    """
    directory.mkdir(parents=True, exist_ok=True)
    cell, attempts = Cell(task, config), list[Demonstration]()
    successes = 0
    while successes < count:
        attempt = _attempt(cell, directory, seed + len(attempts), config, film=len(attempts) < filmed)
        attempts.append(attempt)
        successes += attempt.success
        on_attempt(attempt)
        if len(attempts) >= 10 and 2 * successes < len(attempts):
            raise RuntimeError(f"the expert fails at {task}: {successes} successes in {len(attempts)} attempts")
    cell.close()
    return attempts


def expert_motion(cell: Cell, expert: Expert) -> Iterator[int]:
    """Let the expert play until the verdict, the time limit, and a moment longer; yields its step after every tick."""
    step, end = 0, cell.time + cell.limits.time_limit
    decided = False
    while cell.time < end:
        target, opening = expert.act(cell)
        for _ in cell.motion(target, opening, 1 / POLICY_RATE):
            yield step
        step += 1
        if not decided and cell.verdict().success is not None:
            decided, end = True, cell.time + FINAL_HOLD


def first_pose(cell: Cell, seed: int) -> Pose:
    """Where an attempt begins, link_tcp in link_base: in the task's start box, or, every other time, nearer.

    Starts in a cone above the opening show how to recover from being off at any height. Errors made on the way would
    show that too, but would themselves be examples.
    """
    rng, target = np.random.default_rng([seed, 4]), cell.settings.fixture.pose
    start = start_pose(cell.limits, target, seed)
    if rng.random() < 0.5:
        return start
    tip = cell.task.tip[2]
    height = rng.uniform(0.1, 0.8) * ((target.inverse() @ start).position[2] - tip)
    x, y = min(0.004 + 0.6 * height, 0.03) * np.sqrt(rng.random()) * _direction(rng)
    return target @ Pose((x, y, tip + height), TOOL_DOWN.quaternion)


def _direction(rng: np.random.Generator) -> NDArray[np.float64]:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])


def _attempt(cell: Cell, directory: Path, seed: int, config: Config, film: bool) -> Demonstration:
    cell.reset(seed, first_pose(cell, seed))
    expert = Expert(np.random.default_rng([seed, 3]))
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
    return Demonstration(seed, bool(verdict.success), verdict.reason or "time limit", recorder.elapsed(),
                         cell.max_force, recorder.wrist, recorder.third, recorder.touch)  # fmt: skip


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
            self._write("/wrist_camera/image_raw", m.image_message(self.wrist[-1], "rgb8", stamp, "wrist_camera"))
            self._write("/sim/wrist_mask", m.image_message(cell.render_wrist_mask(), "mono8", stamp, "wrist_camera"))
            self._image_due += self._frame_period
        if step != self._step:
            self._step = step
            self.touch.append(float(np.linalg.norm((cell.tactile() - self._baseline)[0])))
            if self._film:
                self.third.append(cell.render_third()[0])

    def _write(self, topic: str, message: object) -> None:
        self._writer.write(topic, message, self.stamp())
