"""Trials in-process: the same cell, limits and policy as the graph, without ROS and faster than real time.

Per step of 1/rate: observe, act, add the action to the anchor, bring it within the task's limits, move there. An
episode ends with the cell's verdict, at the time limit, or where the gate or the arm would stop it (touch, force).
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from vital_ros.arm.limits import Limits
from vital_ros.config import Config, load_config
from vital_ros.evaluation.report import EpisodeRecord
from vital_ros.evaluation.video import compose, write_video
from vital_ros.execution.plan import start_pose
from vital_ros.execution.setpoint import anchor, policy_setpoint
from vital_ros.geometry import Pose
from vital_ros.policy import LocalPolicy
from vital_ros.policy.checkpoint import load_card
from vital_ros.policy.contract import observation_contract
from vital_ros.policy.local_policy import Execution
from vital_ros.sim import Appearance, Cell
from vital_ros.sim.expert import Expert

EXPERT = "expert"
AT_FACE = 0.0005
"""m above the opening's plane at which the tip counts as having arrived."""


@dataclass
class TrialResult(EpisodeRecord):
    """One trial; `phases` holds the seconds of the local policy."""

    face_error: float | None = None
    """m, lateral error of the held part's tip when it first comes down to the opening's plane; None if it never did."""
    depth: float = 0.0
    """m, of the tip at the end."""
    last_view: NDArray[np.uint8] | None = field(default=None, repr=False)
    """RGB, what the policy saw last."""

    def summary(self) -> dict[str, object]:
        """All but the picture."""
        return {key: value for key, value in super().summary().items() if key != "last_view"}


class Agent(Protocol):
    """What plays a trial."""

    def reset(self, seed: int) -> None:
        """Start an episode."""

    def act(self, cell: Cell, baseline: NDArray[np.float64], commanded: Pose) -> tuple[Pose, float]:
        """Target of link_tcp in link_base, and opening, for the next step."""


class ExpertAgent:
    """The scripted expert."""

    def __init__(self) -> None:
        self._expert = Expert()

    def reset(self, seed: int) -> None:
        self._expert.reset(np.random.default_rng([seed, 3]))

    def act(self, cell: Cell, baseline: NDArray[np.float64], commanded: Pose) -> tuple[Pose, float]:
        return self._expert.act(cell)


class PolicyAgent:
    """A trained policy, seeing what the executor node would show it."""

    def __init__(self, policy: LocalPolicy, config: Config):
        self._policy, self._config = policy, config

    def reset(self, seed: int) -> None:
        self._policy.reset()

    def act(self, cell: Cell, baseline: NDArray[np.float64], commanded: Pose) -> tuple[Pose, float]:
        step = self._policy.act(cell.render_wrist(), cell.tactile(), baseline)
        leash = cell.limits.max_step.translation
        start = anchor(self._config.robot.arm.anchor, cell.tcp_pose(), commanded, leash)
        setpoint = policy_setpoint(start, step.base_action, self._policy.card.action.frame, 0.0, 0.0)
        return setpoint.pose, setpoint.opening


def run_trial(cell: Cell, agent: Agent, seed: int, config: Config, video: Path | None = None) -> TrialResult:
    """One episode from its seed's start pose; `video` is written as mp4."""
    nominal = cell.settings.fixture.pose
    cell.reset(seed, start_pose(cell.limits, nominal, seed))
    agent.reset(seed)
    limits, period = Limits(config.robot.arm, cell.limits, nominal), 1 / config.robot.executor.rate
    baseline = cell.baseline(config.robot.tactile.baseline_samples)
    begin, commanded = cell.time, cell.tcp_pose()
    frames: list[NDArray[np.uint8]] = []
    norms: list[float] = []
    result = TrialResult(seed, "timeout", f"no verdict within {cell.limits.time_limit:g} s")
    while cell.time - begin < cell.limits.time_limit - 1e-9:
        target, opening = agent.act(cell, baseline, commanded)
        commanded, _ = limits.bound(cell.tcp_pose(), target)
        ended = _move(cell, commanded, opening, period, baseline, result)
        result.steps += 1
        if video:
            norms.append(_touch(cell, baseline))
            caption = f"seed {seed}  {cell.time - begin:.1f} s"
            frames.append(
                compose(cell.render_wrist()[:, :128], cell.render_third()[0], norms, cell.limits.tactile_limit, caption)
            )
        if ended:
            result.outcome, result.reason = ended
            break
    result.phases = {"local_policy": round(cell.time - begin, 3)}
    result.max_force = cell.max_force
    result.depth = cell.task.depth(cell.held_pose())
    result.last_view = cell.render_wrist()[:, :128]
    if video:
        write_video(video, frames, config.robot.executor.rate)
    return result


def run_trials(
    task: str,
    policy: str | Path | LocalPolicy,
    seeds: Sequence[int],
    config: Config,
    execution: Execution = "ensemble",
    *,
    processes: int = 1,
    appearance: Appearance | None = None,
    videos: Path | None = None,
    on_result: Callable[[TrialResult], None] = lambda result: None,
) -> list[TrialResult]:
    """Trials of `"expert"`, of a checkpoint's path, or of a loaded policy; in the order of the seeds.

    Args:
        processes: above 1, a path or "expert" is needed; each process then has a cell and a policy of its own.
        videos: folder for one mp4 per trial.

    Raises:
        ConfigError, PolicyError, RenderError: before the first trial.
    """
    config.task(task)
    results = []
    if processes <= 1 or len(seeds) < 2:
        for result in _play(task, policy, seeds, config, execution, appearance, videos):
            results.append(result)
            on_result(result)
        return results
    if isinstance(policy, LocalPolicy):
        raise ValueError("several processes need the policy's path, not the loaded policy")
    if policy != EXPERT:
        load_card(policy)  # fails here rather than in every process
    jobs = [
        (task, policy, seeds[index::processes], config.directory, execution, appearance, videos)
        for index in range(processes)
    ]
    context = multiprocessing.get_context("spawn")
    queue = context.SimpleQueue()
    workers = [context.Process(target=_work, args=(queue, *job), daemon=True) for job in jobs if job[2]]
    for worker in workers:
        worker.start()
    running = len(workers)
    try:
        while running:
            message = queue.get()
            if isinstance(message, Exception):
                raise message
            if message is None:
                running -= 1
                continue
            results.append(message)
            on_result(message)
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()
    return sorted(results, key=lambda result: list(seeds).index(result.seed))


def _work(queue, task, policy, seeds, directory, execution, appearance, videos) -> None:  # type: ignore[no-untyped-def]
    """One process: puts results, then None; an error instead of both."""
    torch.set_num_threads(1)  # several threads beside another process spin against each other
    try:
        for result in _play(task, policy, seeds, load_config(directory), execution, appearance, videos):
            queue.put(result)
        queue.put(None)
    except Exception as error:  # reported by the parent, whatever it is
        queue.put(error)


def _play(
    task: str,
    policy: str | Path | LocalPolicy,
    seeds: Sequence[int],
    config: Config,
    execution: Execution,
    appearance: Appearance | None,
    videos: Path | None,
) -> Iterator[TrialResult]:
    if policy == EXPERT:
        agent: Agent = ExpertAgent()
    else:
        if not isinstance(policy, LocalPolicy):
            policy = LocalPolicy.load(policy, execution, observation_contract(config))
        agent = PolicyAgent(policy, config)
    cell = Cell(task, config, appearance=appearance)
    for seed in seeds:
        yield run_trial(cell, agent, seed, config, videos / f"seed_{seed}.mp4" if videos else None)
    cell.close()


def _move(
    cell: Cell, target: Pose, opening: float, period: float, baseline: NDArray[np.float64], result: TrialResult
) -> tuple[str, str] | None:
    """One step; (outcome, reason) when the episode ends in it."""
    for _ in cell.motion(target, opening, period):
        if result.face_error is None:
            result.face_error = _face_error(cell)
        verdict = cell.verdict()
        if verdict.success is not None:
            return ("success" if verdict.success else "failure"), verdict.reason
        if cell.contact_force() > cell.limits.collision_force:
            return "stopped", f"contact force {cell.contact_force():.0f} N above {cell.limits.collision_force:g} N"
        norm = _touch(cell, baseline)
        if norm > cell.limits.tactile_limit:
            return "stopped", f"tactile norm {norm:.0f} uT above {cell.limits.tactile_limit:g} uT"
    return None


def _face_error(cell: Cell) -> float | None:
    x, y, height = cell.held_pose().apply(cell.task.tip)
    return float(np.hypot(x, y)) if height < AT_FACE else None


def _touch(cell: Cell, baseline: NDArray[np.float64]) -> float:
    """uT, norm of pad 0 without its baseline."""
    return float(np.linalg.norm((cell.tactile() - baseline)[0]))
