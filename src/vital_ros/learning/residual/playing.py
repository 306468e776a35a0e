"""Episodes in the simulated cell, played by base policy and residual together, and kept for the replay.

What a policy sees is camera and touch. The goal's distance is measured by the arm itself, in the target frame as it was
localised; success and failure are the judge's. The simulator's masks stand for those of ./vital masks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vital_ros.augmentation.composite import soften
from vital_ros.config import Config, ResidualConfig, TaskConfig
from vital_ros.evaluation.trial import TrialResult, run_trial
from vital_ros.execution.setpoint import anchor, policy_setpoint
from vital_ros.geometry import Pose
from vital_ros.learning.replay_episode import EpisodeFacts, ReplayEpisode
from vital_ros.learning.residual.views import Views
from vital_ros.observation import preprocess_mask
from vital_ros.policy import ACTION_SIZE, LocalPolicy, PolicyStep
from vital_ros.policy.correction import Correction
from vital_ros.policy.residual_policy import ResidualPolicy
from vital_ros.sim import Cell


class Seen(NamedTuple):
    """One observation and what was done then."""

    image: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    """What is kept before another background, (size, size)."""
    features: tuple[NDArray[np.float32], ...]
    a_base: NDArray[np.float64]
    a_res: NDArray[np.float64]
    distance: float
    """m, L1, of link_tcp to the goal."""


def base_action(step: PolicyStep, settings: ResidualConfig, task: TaskConfig) -> NDArray[np.float64]:
    """What is corrected, (7,), physical, as exact as the replay keeps it; from scratch, standing still."""
    still = np.array([0.0] * 6 + [task.gripper_opening])
    said = still if settings.base == "none" else step.base_action
    return said.astype(np.float32).astype(np.float64)


class ResidualPlayer:
    """An agent of a trial (see evaluation/trial.py) that remembers it.

    Args:
        views: None: nothing is kept, as when the policy is evaluated.
        residual: None: the base policy alone.
        share, std: see ResidualPolicy.act.
    """

    def __init__(
        self,
        policy: LocalPolicy,
        config: Config,
        settings: ResidualConfig,
        views: Views | None,
        residual: ResidualPolicy | None,
        share: float = 1.0,
        std: float = 0.0,
    ):
        self._policy, self._config, self._settings = policy, config, settings
        self._views, self._residual, self._share, self._std = views, residual, share, std

    def play(self, cell: Cell, seed: int) -> TrialResult:
        """One episode from its seed's start pose."""
        result = run_trial(cell, self, seed, self._config)
        if self._views is not None:
            self._seen.append(self._observe(cell))  # what the last action led to
        return result

    def episode(self, name: str, contract: str, result: TrialResult) -> ReplayEpisode:
        """What was played, for the replay; a time-out is no end, and no success."""
        assert self._views is not None
        frames = self._seen
        image, *touch = (np.stack(z) for z in zip(*(seen.features for seen in frames), strict=True))
        alpha = np.stack([seen.alpha for seen in frames if seen.alpha is not None]) if self._views.wanted else None
        facts = EpisodeFacts(
            name=name,
            contract=contract,
            terminated=result.outcome in ("success", "failure", "stopped"),
            success=result.success,
            seed=result.seed,
        )
        return ReplayEpisode(
            facts,
            self._views.encode(image, [seen.image for seen in frames], alpha, name),
            (touch[0] if touch else np.zeros((len(frames), 0))).astype(np.float16),
            np.stack([seen.a_base for seen in frames]).astype(np.float32),
            np.stack([seen.a_res for seen in frames[:-1]]).astype(np.float32),
            np.array([seen.distance for seen in frames[1:]], np.float32),
        )

    def reset(self, cell: Cell, seed: int) -> None:
        self._policy.reset()
        self._rng = np.random.default_rng([seed, 5])
        self._seen: list[Seen] = []

    def act(self, cell: Cell, baseline: NDArray[np.float64], commanded: Pose) -> tuple[Pose, float]:
        self._baseline = baseline
        seen = self._observe(cell)
        if self._views is not None:
            self._seen.append(seen)
        leash = cell.limits.max_step.translation
        start = anchor(self._config.robot.arm.anchor, cell.tcp_pose(), commanded, leash)
        frame = self._policy.card.action.frame
        setpoint = policy_setpoint(start, seen.a_base + seen.a_res, frame, 0.0, 0.0)
        return setpoint.pose, setpoint.opening

    def _observe(self, cell: Cell) -> Seen:
        step = self._policy.act(cell.render_wrist(), cell.tactile(), self._baseline)
        a_base = base_action(step, self._settings, cell.limits)
        a_res = np.zeros(ACTION_SIZE)
        if self._residual is not None:
            a_res = Correction(self._residual, 0, self._share, self._std, self._rng).of(step.features, a_base)
        alpha = None
        if self._views is not None and self._views.wanted:
            alpha = soften(preprocess_mask(cell.render_wrist_mask(), self._views.spec))
        tcp = (cell.nominal.inverse() @ cell.tcp_pose()).position
        distance = float(np.abs(tcp - cell.limits.goal).sum())
        return Seen(step.image, alpha, step.features, a_base, a_res, distance)
