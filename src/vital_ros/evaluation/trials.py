"""Many trials in-process: seed i under combination i of a condition, on one core or several."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from pathlib import Path

import torch

from vital_ros.config import Config
from vital_ros.evaluation.pipeline import Pipeline
from vital_ros.evaluation.trial import Agent, ExpertAgent, PolicyAgent, TrialResult, run_trial
from vital_ros.localization.pointers import make_pointer
from vital_ros.policy import load_any_card, load_policy, own_execution
from vital_ros.policy.contract import observation_contract
from vital_ros.policy.local_policy import Execution
from vital_ros.sim import Cell
from vital_ros.sim.conditions import Combination, Condition, load_condition
from vital_ros.sim.instance import Instance
from vital_ros.workers import Workers

EXPERT = "expert"
IN_DOMAIN = "in_domain"


class TrialFailed(RuntimeError):
    """A trial ended by a fault of this program; one line."""


class Trials:
    """What a run consists of, to be played one trial at a time; can be sent to another process before its first.

    Args:
        policy: a checkpoint's path, or "expert".
        execution: None: the policy's own.
        expert_error: m, constant sideways error of the expert.
        pipeline: localise and reach first, instead of starting at the seed's start pose.
        videos: folder for one mp4 per trial.

    Raises:
        ConfigError, PolicyError: the task or the policy cannot be used.
    """

    def __init__(
        self,
        task: str,
        policy: str | Path,
        seeds: Sequence[int],
        config: Config,
        execution: Execution | None = None,
        *,
        condition: Condition | None = None,
        expert_error: float = 0.0,
        pipeline: bool = False,
        videos: Path | None = None,
    ):
        config.task(task)
        self.weights_sha256, self.own_execution = "", True
        self.execution: str = execution or ""
        if policy != EXPERT:
            card = load_any_card(policy)
            own = own_execution(card)
            self.weights_sha256, self.execution = card.weights_sha256, execution or own
            self.own_execution = self.execution == own
        self._asked = execution
        self.task, self.policy, self.seeds = task, policy, tuple(seeds)
        self.condition = condition or load_condition(config, IN_DOMAIN, task)
        self._config, self._expert_error, self._videos = config, expert_error, videos
        self.pointer = config.localizer.pointer if pipeline else ""
        self._agent: Agent | None = None
        self._pipeline: Pipeline | None = None
        self._cells: dict[Instance, Cell] = {}

    def __len__(self) -> int:
        return len(self.seeds)

    def __call__(self, index: int) -> TrialResult:
        """Play one. Raise ConfigError, PolicyError, RenderError."""
        if self._agent is None:
            self._agent = self._make_agent()
            self._pipeline = Pipeline(make_pointer(self._config), self._config) if self.pointer else None
        seed, combination = self.seeds[index], self.condition.of_episode(index)
        cell = self._cell(combination)
        video = self._videos / f"seed_{seed}.mp4" if self._videos else None
        if self._pipeline:
            return self._pipeline.run(cell, self._agent, seed, combination, video)
        return run_trial(cell, self._agent, seed, self._config, combination, video)

    def close(self) -> None:
        """Free the cells."""
        for cell in self._cells.values():
            cell.close()
        self._cells.clear()

    def _cell(self, combination: Combination) -> Cell:
        """One for each object; its place and looks are yet to be set."""
        thing = combination.scene.object
        if thing not in self._cells:
            self._cells[thing] = Cell(self.task, self._config, scene=combination.scene)
        return self._cells[thing]

    def _make_agent(self) -> Agent:
        if self.policy == EXPERT:
            return ExpertAgent(self._expert_error)
        policy = load_policy(self.policy, self._asked, observation_contract(self._config))
        return PolicyAgent(policy, self._config)


def run_trials(
    trials: Trials, processes: int = 1, on_result: Callable[[TrialResult], None] = lambda result: None
) -> list[TrialResult]:
    """Play all; in the order of the seeds, whichever order they end in. The result does not depend on `processes`.

    Raises:
        PolicyError, RenderError: from any trial.
        TrialFailed: anything else that went wrong in one of several processes.
    """
    results: dict[int, TrialResult] = {}
    played = _side_by_side(trials, processes) if processes > 1 and len(trials) > 1 else _one_by_one(trials)
    with closing(played):
        for index, result in played:
            results[index] = result
            on_result(result)
    return [results[index] for index in range(len(trials))]


def _one_by_one(trials: Trials) -> Generator[tuple[int, TrialResult], None, None]:
    torch.set_num_threads(1)  # several threads beside a simulator spin against each other
    try:
        for index in range(len(trials)):
            yield index, trials(index)
    finally:
        trials.close()


def _side_by_side(trials: Trials, processes: int) -> Generator[tuple[int, TrialResult], None, None]:
    """Every process takes the next trial as soon as it is free."""
    try:
        with Workers(min(processes, len(trials)), _begin, trials) as workers:
            for future in as_completed([workers.submit(_play, index) for index in range(len(trials))]):
                yield future.result()
    except BrokenProcessPool:
        raise TrialFailed("a worker process died") from None


_trials: Trials
"""Of this worker process."""


def _begin(trials: Trials) -> None:
    global _trials
    _trials = trials
    torch.set_num_threads(1)


def _play(index: int) -> tuple[int, TrialResult]:
    try:
        return index, _trials(index)
    except Exception as error:
        if type(error).__module__.startswith("vital_ros."):
            raise
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        raise TrialFailed(f"trial {index} failed: {type(error).__name__}: {error} ({where})") from None
