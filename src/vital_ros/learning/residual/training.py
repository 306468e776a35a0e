"""Residual learning in-process: a robot's process plays, this one learns; both at once, on two cores (paper 3.2).

Every finished episode is on the disk before it is learned from, and the networks are saved with every episode: after
kill -9 the episode that was being played is lost, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from vital_ros.bags import EpisodeError
from vital_ros.config import Config, ResidualConfig
from vital_ros.learning.foreground import Masks
from vital_ros.learning.replay_episode import SUFFIX, ReplayError
from vital_ros.learning.residual.agent import exploration_std, ramp
from vital_ros.learning.residual.course import WINDOW, Progress, write_course
from vital_ros.learning.residual.demonstrations import demonstration_names, demonstrations
from vital_ros.learning.residual.learner import Learner
from vital_ros.learning.residual.robot import VIEWS_SEED, Order, Played, begin, execution_of, play
from vital_ros.learning.residual.views import Views
from vital_ros.learning.state import TrainingError
from vital_ros.policy import LocalPolicy
from vital_ros.policy.card import load_card
from vital_ros.policy.contract import observation_contract
from vital_ros.policy.residual_card import ResidualCard
from vital_ros.policy.residual_policy import ResidualPolicy
from vital_ros.workers import Workers

TRAINING_SEEDS, DEVELOPMENT_SEEDS = 10_000, 50_000
"""Training uses seeds below the first, evaluation while training those from the second on."""


@dataclass
class _Evaluation:
    """One under way: of the weights of a step, or of the base policy alone."""

    due: int
    step: int
    policy: ResidualPolicy | None
    won: list[bool] = field(default_factory=list)

    def order(self) -> Order:
        """Its next episode."""
        return Order(DEVELOPMENT_SEEDS + len(self.won), self.policy.to_bytes() if self.policy else None)


class ResidualTraining:
    """A training in a folder; continues what the folder holds.

    Args:
        base: checkpoint of the policy that is corrected.
        steps: environment steps to learn from.
        evaluate_every: environment steps between evaluations, which also begin and end the training.
        on_problem: told of every file of the replay that is left out.

    Raises:
        ConfigError, PolicyError: the task or the base cannot be used.
        TrainingError: the folder holds another training or cannot be written, or numbers make no sense.
    """

    def __init__(
        self,
        config: Config,
        task: str,
        base: Path,
        settings: ResidualConfig,
        out: Path,
        steps: int = 16_000,
        seed: int = 0,
        evaluate_every: int = 2_000,
        evaluation_episodes: int = 20,
        on_problem: Callable[[str], None] = lambda message: None,
    ):
        config.task(task)
        if steps <= settings.warm_up:
            raise TrainingError(
                f"{steps} steps are no more than warm_up = {settings.warm_up}: nothing would be learned"
            )
        self.out, self.steps, self.seed, self.settings = out, steps, seed, settings
        self._evaluate_every, self._evaluation_episodes = evaluate_every, evaluation_episodes
        new = {"seconds": 0.0, "evaluations": []}
        self.learner = learner = Learner(task, load_card(base), settings, out, seed, new, on_problem)
        self.card, self.replay, self.facts = learner.card, learner.replay, learner.facts
        replay = out.resolve() / "replay"
        self._begin = (task, base.resolve(), config.directory.resolve(), settings, replay, learner.contract)
        numbers = [int(path.name[-len(SUFFIX) - 6 : -len(SUFFIX)]) for path in self._files()]
        self._next_episode = max(numbers, default=-1) + 1
        self._evaluation: _Evaluation | None = None

    def add_demonstrations(self, folder: Path, config: Config, masks: Masks) -> None:
        """Put a folder's successful demonstrations into the replay, where they are not yet.

        Raises:
            EpisodeError, MaskError: a recording that cannot be used.
        """
        task, base, *_ = self._begin
        names = {name: p for name, p in demonstration_names(folder).items() if name not in self.replay.names}
        policy = LocalPolicy.load(base, execution_of(self.settings), observation_contract(config))
        views = Views(policy, self.settings.augmentation, self.settings.views, VIEWS_SEED)
        rate, contract = config.robot.executor.rate, self.replay.contract
        for episode in demonstrations(names, policy, views, self.settings, config.task(task), rate, contract, masks):
            self.replay.add(episode)
        if not self.replay.steps(demonstrations=True):
            raise EpisodeError(f"no successful demonstration in {folder}")

    def run(self, on_progress: Callable[[Progress], None] = lambda progress: None) -> ResidualCard:
        """Play and learn to the last step; `on_progress` is called after every update and every episode.

        Raises:
            TrainingError: the losses are not finite, the disk is full or the robot's process died; what was saved
                stays.
        """
        torch.set_num_threads(1)
        started, before = perf_counter(), self.facts["seconds"]
        pending: Future[Played] | None = None
        try:
            with Workers(1, begin, *self._begin) as workers:
                while True:
                    self.facts["seconds"] = before + perf_counter() - started
                    if pending is not None and pending.done():
                        self._take(pending.result())
                        pending = None
                        on_progress(self.progress())
                    if pending is None and (order := self._next_order()):
                        pending = workers.submit(play, order)
                    if self.learner.behind > 0:
                        if self.learner.learn():
                            self._report()
                        on_progress(self.progress())
                    elif pending is not None:
                        wait([pending])
                    else:
                        break
        except BrokenProcessPool:
            raise TrainingError("the robot's process died; start again to continue") from None
        except OSError as error:
            raise TrainingError(f"cannot write to {self.out} ({error.strerror}); start again to continue") from None
        self.learner.save()
        self._report()
        return self.card

    def progress(self) -> Progress:
        won = [bool(self.replay.success(name)) for name in self.learner.played()]
        rates: dict[bool, float] = {e["base_only"]: e["successes"] / e["episodes"] for e in self.facts["evaluations"]}
        return Progress(
            self.learner.step,
            self.replay.steps(),
            self.steps,
            len(won),
            float(np.mean(won[-WINDOW:])) if won else 0.0,
            rates.get(True),
            rates.get(False),
            self.learner.utd,
        )

    def _next_order(self) -> Order | None:
        """An evaluation that is due or under way, else an episode to learn from, unless the learner is behind."""
        if self._evaluation is None and (due := self._due()) is not None:
            policy = self.learner.policy() if due else None
            self._evaluation = _Evaluation(due, self.learner.step if due else 0, policy)
        if self._evaluation is not None:
            return self._evaluation.order()
        collected = self.replay.steps()
        if collected >= self.steps or self.learner.behind >= self.settings.max_lag:
            return None
        return Order(
            (self.seed + self._next_episode) % TRAINING_SEEDS,
            self.learner.policy().to_bytes(),
            f"{self.card.task}_{self._next_episode:06}",
            ramp(self.settings, collected),
            exploration_std(self.settings.exploration, collected),
        )

    def _due(self) -> int | None:
        """The step at which an evaluation should have been made and was not."""
        wanted = {*range(0, self.steps, self._evaluate_every), self.steps}
        due = min(wanted - {entry["due"] for entry in self.facts["evaluations"]}, default=None)
        if due is None or due > self.learner.step or (due == self.steps and self.learner.behind > 0):
            return None
        return due

    def _take(self, played: Played) -> None:
        if played.order.name:
            self._next_episode += 1
            try:
                self.replay.adopt(played.order.name)
            except ReplayError as error:
                raise TrainingError(str(error)) from None
        else:
            assert self._evaluation is not None
            self._evaluation.won.append(played.success)
            if len(self._evaluation.won) == self._evaluation_episodes:
                self._evaluated(self._evaluation)
                self._evaluation = None
        self.learner.save()

    def _evaluated(self, evaluation: _Evaluation) -> None:
        """Keep the result and, where no earlier residual did better, the weights."""
        policy, successes = evaluation.policy, sum(evaluation.won)
        best = max((e["successes"] for e in self.facts["evaluations"] if not e["base_only"]), default=0)
        entry = {"due": evaluation.due, "step": evaluation.step, "base_only": policy is None, "successes": successes}
        self.facts["evaluations"].append({**entry, "episodes": len(evaluation.won), "first_seed": DEVELOPMENT_SEEDS})
        if policy is not None and successes >= best:
            training = {"steps": evaluation.step, "episodes": len(self.learner.played()), "seed": self.seed}
            training |= {"seconds": round(self.facts["seconds"]), "development": self.facts["evaluations"]}
            policy.card = policy.card.model_copy(update={"training": training})
            self.card = policy.save(self.out / policy.card.policy)
        self._report()

    def _report(self) -> None:
        names = self.learner.played()
        episodes = [{"name": n, "steps": len(self.replay.episode(n)), "success": self.replay.success(n)} for n in names]
        write_course(self.out, {**self.facts, "progress": vars(self.progress())}, episodes)

    def _files(self) -> list[Path]:
        return sorted((self.out / "replay").glob(f"{self.card.task}_[0-9][0-9][0-9][0-9][0-9][0-9]{SUFFIX}"))
