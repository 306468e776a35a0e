"""One trial in-process: the same cell, limits and policy as the graph, without ROS and faster than real time.

Per step of 1/rate: observe, act, add the action to the anchor, bring it within the task's limits, move there. An
episode ends with the cell's verdict, at the time limit, or where the gate or the arm would stop it (touch, force).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vital_ros.arm.limits import Limits
from vital_ros.config import Config
from vital_ros.evaluation.report import EpisodeRecord
from vital_ros.evaluation.video import compose, write_video
from vital_ros.execution.plan import start_pose
from vital_ros.execution.setpoint import anchor, policy_setpoint
from vital_ros.geometry import Pose
from vital_ros.policy import LocalPolicy
from vital_ros.sim import Cell
from vital_ros.sim.conditions import Combination
from vital_ros.sim.experts import make_expert
from vital_ros.sim.scenes import Scene

GREEN_SCREEN = Combination("green_screen", "", "", Scene())


@dataclass
class TrialResult(EpisodeRecord):
    """One trial; `phases` holds the seconds of the local policy."""

    scene: str = ""
    place: str = ""
    object: str = ""
    cause: str = "time-out"
    """success | time-out | dropped | force | out of box | collision | touch: what ended it, in a word."""
    contact_error: float | None = None
    """m, sideways, when the part, or the empty hand, first arrives at the target; None if it never did."""
    stage: str = "policy"
    """pointing | depth | reach | policy: where a failure began; the first three only of the whole pipeline."""
    localization_error: float | None = None
    """m, 3D, of the localiser's answer; None where it gave none or was not asked."""
    progress: float = 0.0
    """m, of the task at the end, as the task counts it: depth, way along the channel, height of the block."""
    last_view: NDArray[np.uint8] | None = field(default=None, repr=False)
    """RGB, what the policy saw last."""

    def summary(self) -> dict[str, Any]:
        """All but the picture."""
        return {key: value for key, value in super().summary().items() if key != "last_view"}


class Agent(Protocol):
    """What plays a trial."""

    def reset(self, cell: Cell, seed: int) -> None:
        """Start an episode."""

    def act(self, cell: Cell, baseline: NDArray[np.float64], commanded: Pose) -> tuple[Pose, float]:
        """Target of link_tcp in link_base, and opening, for the next step."""


class ExpertAgent:
    """The scripted expert, which alone may look at the truth; `error`: m, constant and sideways, to be judged with."""

    def __init__(self, error: float = 0.0):
        self._error = error

    def reset(self, cell: Cell, seed: int) -> None:
        self._expert = make_expert(cell.task, cell.limits, self._error)
        self._expert.reset(np.random.default_rng([seed, 3]))

    def act(self, cell: Cell, baseline: NDArray[np.float64], commanded: Pose) -> tuple[Pose, float]:
        return self._expert.act(cell.truth())


class PolicyAgent:
    """A trained policy, seeing what the executor node would show it."""

    def __init__(self, policy: LocalPolicy, config: Config):
        self._policy, self._config = policy, config

    def reset(self, cell: Cell, seed: int) -> None:
        self._policy.reset()

    def act(self, cell: Cell, baseline: NDArray[np.float64], commanded: Pose) -> tuple[Pose, float]:
        step = self._policy.act(cell.render_wrist(), cell.tactile(), baseline)
        leash = cell.limits.max_step.translation
        start = anchor(self._config.robot.arm.anchor, cell.tcp_pose(), commanded, leash)
        setpoint = policy_setpoint(start, step.action, self._policy.card.action.frame, 0.0, 0.0)
        return setpoint.pose, setpoint.opening


def run_trial(
    cell: Cell,
    agent: Agent,
    seed: int,
    config: Config,
    combination: Combination = GREEN_SCREEN,
    video: Path | None = None,
) -> TrialResult:
    """One episode from its seed's start pose; `video` is written as mp4. The cell holds the combination's object."""
    nominal = combination.scene.target.pose(cell.task)
    cell.appearance = combination.scene.appearance
    cell.reset(seed, start_pose(cell.limits, nominal, seed), nominal)
    return play(cell, agent, nominal, config, combination, video)


def play(
    cell: Cell, agent: Agent, target: Pose, config: Config, combination: Combination, video: Path | None = None
) -> TrialResult:
    """The local policy's phase of a trial, from where the arm is; `target`: where the task's frame is thought to be."""
    seed = cell.seed
    agent.reset(cell, seed)
    limits, period = Limits(config.robot.arm, cell.limits, target), 1 / config.robot.executor.rate
    baseline = cell.baseline(config.robot.tactile.baseline_samples)
    begin, commanded = cell.time, cell.tcp_pose()
    frames: list[NDArray[np.uint8]] = []
    norms: list[float] = []
    result = TrialResult(seed, "timeout", f"no verdict within {cell.limits.time_limit:g} s")
    result.scene, result.place, result.object = combination[:3]
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
            result.outcome, result.cause, result.reason = ended
            break
    result.phases = {"local_policy": round(cell.time - begin, 3)}
    result.max_force = cell.max_force
    result.progress = cell.judge.progress
    result.last_view = cell.render_wrist()[:, :128]
    if video:
        write_video(video, frames, config.robot.executor.rate)
    return result


def _move(
    cell: Cell, target: Pose, opening: float, period: float, baseline: NDArray[np.float64], result: TrialResult
) -> tuple[str, str, str] | None:
    """One step; (outcome, cause, reason) when the episode ends in it."""
    for _ in cell.motion(target, opening, period):
        if result.contact_error is None:
            result.contact_error = cell.task.lateral_error(cell.part_pose(), cell.truth().tcp)
        verdict = cell.verdict()
        if verdict.success is not None:
            return ("success" if verdict.success else "failure"), verdict.reason, verdict.reason
        if cell.contact_force() > cell.limits.collision_force:
            return (
                "stopped",
                "collision",
                f"contact force {cell.contact_force():.0f} N above {cell.limits.collision_force:g} N",
            )
        norm = _touch(cell, baseline)
        if norm > cell.limits.tactile_limit:
            return "stopped", "touch", f"tactile norm {norm:.0f} uT above {cell.limits.tactile_limit:g} uT"
    return None


def _touch(cell: Cell, baseline: NDArray[np.float64]) -> float:
    """uT, norm of pad 0 without its baseline."""
    return float(np.linalg.norm((cell.tactile() - baseline)[0]))
