"""Learning beside a running robot: from the bags of its episodes, which another process writes.

Whatever is learned from is on the disk first, as a bag and as an episode of the replay: this process may die at any
moment, and continues when it is started again.
"""

from __future__ import annotations

from pathlib import Path

from vital_ros.bags import EpisodeError, EpisodeReader
from vital_ros.config import load_config
from vital_ros.learning.replay_episode import ReplayError
from vital_ros.learning.residual.agent import exploration_std, ramp
from vital_ros.learning.residual.course import write_course
from vital_ros.learning.residual.learner import Learner
from vital_ros.learning.residual.lived import lived_episode
from vital_ros.learning.residual.news import Assignment, News, Weights
from vital_ros.learning.residual.robot import VIEWS_SEED, execution_of
from vital_ros.learning.residual.views import Views
from vital_ros.learning.state import TrainingError
from vital_ros.policy import LocalPolicy, PolicyError
from vital_ros.policy.contract import observation_contract


class OnlineLearner:
    """Takes in episodes, learns, makes weights. Raise what `Learner` and `LocalPolicy.load` raise."""

    def __init__(self, assignment: Assignment):
        self._bags = assignment.bags
        config = load_config(assignment.config)
        self._task = config.task(assignment.task)
        views = assignment.settings.views if assignment.masks else 1
        settings = assignment.settings.model_copy(update={"views": views})
        self._policy = LocalPolicy.load(assignment.base, execution_of(settings), observation_contract(config))
        self._views = Views(self._policy, settings.augmentation, views, VIEWS_SEED)
        self._problems: list[str] = []
        self.learner = Learner(
            assignment.task, self._policy.card, settings, assignment.out, 0, {"version": 0}, self._problems.append
        )
        self._settings, self._frozen = settings, False
        self._rejected: set[str] = set()
        self._published: int | None = None
        self._relabel()
        self.look()

    @property
    def busy(self) -> bool:
        """Whether there is anything to learn from."""
        return not self._frozen and self.learner.behind > 0

    def look(self) -> None:
        """Take in every closed bag that is not known yet; those that cannot be used are counted and named. OSError."""
        known = {*self.learner.replay.names, *self._rejected}
        for directory in sorted(path.parent for path in self._bags.glob("*/metadata.yaml")):
            if directory.name not in known:
                try:
                    self.learner.replay.add(
                        lived_episode(
                            directory,
                            self._policy,
                            self._views,
                            self._task,
                            self.learner.contract,
                            self._problems.append,
                        )
                    )
                except (EpisodeError, ReplayError, PolicyError, ValueError) as error:
                    self._rejected.add(directory.name)
                    self._problems.append(f"episode {directory.name} is not learned from: {error}")
                else:
                    self._published = None  # how much is tried out has changed
        self._report()

    def label(self, episode: str, success: bool) -> None:
        """A verdict on an episode, or its correction. Raise OSError."""
        if episode in self.learner.replay.names and self.learner.replay.success(episode) is not success:
            self.learner.replay.label(episode, success)
            self._report()

    def learn(self) -> None:
        """From one environment step. Raise TrainingError, OSError."""
        if self.learner.learn():
            self._keep()

    def freeze(self, frozen: bool) -> str:
        self._frozen, self._published = frozen, None
        return "learning is frozen, nothing is tried out" if frozen else "learning goes on"

    def checkpoint(self) -> str:
        """Keep the present weights for `rollback`. Raise OSError."""
        path = self._checkpoints / f"{self.learner.step:07}.safetensors"
        path.parent.mkdir(exist_ok=True)
        self.learner.save(path)
        return f"step {self.learner.step} kept as {path.name}"

    def rollback(self) -> str:
        """Go back to the newest checkpoint and stay there: learning is frozen. Raise TrainingError."""
        kept = sorted(self._checkpoints.glob("*.safetensors"))
        if not kept:
            raise TrainingError("there is no checkpoint to go back to")
        self.learner.restore(kept[-1])
        self.freeze(True)
        return f"back at {kept[-1].name}; frozen, until learning is to go on"

    def news(self) -> News:
        """How it stands, with weights where new ones should act and the problems since the last call. OSError."""
        weights = self._next_weights()
        problems, self._problems[:] = tuple(self._problems), []
        return News(
            "frozen" if self._frozen else "learning",
            updates=self.learner.agent.updates,
            episodes=len(self.learner.played()),
            behind=max(0, self.learner.behind),
            utd=self.learner.utd,
            rejected=len(self._rejected),
            weights=weights,
            problems=problems,
        )

    def close(self) -> None:
        """Have everything on the disk. Raise OSError."""
        self.learner.save()
        self._keep()

    def _next_weights(self) -> Weights | None:
        """None while those that act are new enough. What is published is on the disk first, its number with it."""
        learned = self.learner.agent.updates
        if self._published is not None and learned - self._published < self._settings.publish_every:
            return None
        self._published = learned
        self.learner.facts["version"] += 1
        self.learner.save()
        collected = self.learner.replay.steps()
        std = 0.0 if self._frozen else exploration_std(self._settings.exploration, collected)
        data = self.learner.policy().to_bytes()
        return Weights(self.learner.facts["version"], data, ramp(self._settings, collected), std)

    @property
    def _checkpoints(self) -> Path:
        return self.learner.out / "checkpoints"

    def _relabel(self) -> None:
        """Take over the verdicts that were given while nobody learned."""
        for name in self.learner.replay.names:
            directory = self._bags / name
            if (directory / "metadata.yaml").is_file():
                try:
                    success = EpisodeReader(directory).metadata.get("success")
                except EpisodeError:
                    continue
                if isinstance(success, bool):
                    self.label(name, success)

    def _keep(self) -> None:
        """The residual as a deployment would use it, and how it went."""
        training = {"steps": self.learner.step, "episodes": len(self.learner.played()), "where": "robot"}
        policy = self.learner.policy()
        policy.card = policy.card.model_copy(update={"training": training})
        policy.save(self.learner.out / policy.card.policy)
        self._report()

    def _report(self) -> None:
        replay = self.learner.replay
        episodes = [
            {"name": name, "steps": len(replay.episode(name)), "success": replay.success(name)}
            for name in self.learner.played()
        ]
        write_course(self.learner.out, {"evaluations": [], **self.learner.facts, "utd": self.learner.utd}, episodes)
