"""The replay: transitions as views of episodes on disk, so that none can be off by one or cross an episode's border.

Step t of an episode pairs observation t with the action taken then and, n steps later or at the episode's end, the
observation that followed; both with the same background. Nothing is copied into rows, nothing is ever overwritten.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vital_ros.config.residual import RewardConfig
from vital_ros.learning.labels import append_label, read_labels
from vital_ros.learning.replay_episode import SUFFIX, ReplayEpisode, ReplayError, read_episode, write_episode
from vital_ros.learning.replay_table import Judged, Table, Transitions


class Replay:
    """Episodes of a folder, read when it is opened; those that cannot be used are named and left out.

    Args:
        folder: made where there is none.
        contract: of the episodes that may be used, see EpisodeFacts.
        on_problem: told of every file or line that is left out.

    Raises:
        OSError: the folder cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        contract: str,
        reward: RewardConfig,
        n_step: int,
        discount: float,
        on_problem: Callable[[str], None] = lambda message: None,
    ):
        self.folder, self.contract = folder, contract
        self._reward, self._n, self._gamma = reward, n_step, discount
        self._kept: dict[str, Judged] = {}
        self._tables: dict[bool, Table | None] = {}
        folder.mkdir(parents=True, exist_ok=True)
        labels, problems = read_labels(folder)
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            try:
                self._keep(read_episode(path), labels)
            except ReplayError as error:
                message = str(error)
                problems.append(message if message.startswith(str(path)) else f"{path}: left out, {message}")
        problems += [f"{partial}: left out, half-written" for partial in sorted(folder.glob(".*.partial"))]
        for problem in problems:
            on_problem(problem)

    def add(self, episode: ReplayEpisode) -> None:
        """Write a finished episode and use it from now on. Raise ReplayError or OSError, with nothing changed."""
        self._check(episode)
        write_episode(self.folder, episode)
        self._keep(episode, {})

    def adopt(self, name: str) -> ReplayEpisode:
        """Use an episode that another process has written into the folder. Raise ReplayError."""
        episode = read_episode(self.folder / f"{name}{SUFFIX}")
        self._keep(episode, {})
        return episode

    def label(self, name: str, success: bool) -> None:
        """Label an episode, or correct its label: its rewards change from the next batch on.

        Raises:
            ReplayError: there is no such episode.
            OSError: it cannot be written.
        """
        if name not in self._kept:
            raise ReplayError(f"no episode '{name}' to label")
        append_label(self.folder, name, success)
        kept = self._kept[name]
        self._kept[name] = Judged(kept.episode, success)
        self._tables.pop(kept.episode.facts.demonstration, None)

    @property
    def names(self) -> list[str]:
        return list(self._kept)

    def episode(self, name: str) -> ReplayEpisode:
        return self._kept[name].episode

    def success(self, name: str) -> bool | None:
        """The episode's newest label."""
        return self._kept[name].success

    def rewards(self, name: str) -> NDArray[np.float64]:
        """Of every action of an episode, (T,)."""
        return self._kept[name].rewards(self._reward)

    def steps(self, demonstrations: bool = False) -> int:
        """Actions in all episodes of one kind."""
        return sum(len(kept.episode) for kept in self._of(demonstrations))

    def features(self) -> NDArray[np.float16]:
        """Of every frame as it was seen while learning, (frames, features of image and touch)."""
        episodes = [kept.episode for kept in self._of(demonstrations=False)]
        return np.concatenate([np.hstack([e.z_image[0], e.z_touch]) for e in episodes])

    def sample(self, count: int, rng: np.random.Generator, demonstrations: bool = False) -> Transitions:
        """Draw transitions uniformly, with replacement, each with one of its views.

        Raises:
            ReplayError: there is nothing to draw from.
        """
        if (table := self._tables.get(demonstrations)) is None:
            kept = self._of(demonstrations)
            if not kept:
                raise ReplayError(f"no {'demonstration' if demonstrations else 'episode'} to learn from")
            table = self._tables[demonstrations] = Table.of(kept, self._reward, self._n, self._gamma)
        rows = rng.integers(len(table.reward), size=count)
        return table.take(rows, rng.integers(len(table.z_image), size=count))

    def _of(self, demonstrations: bool) -> list[Judged]:
        return [kept for kept in self._kept.values() if kept.episode.facts.demonstration is demonstrations]

    def _check(self, episode: ReplayEpisode) -> None:
        facts = episode.facts
        if facts.contract != self.contract:
            raise ReplayError(f"of another contract ({facts.contract}, not {self.contract})")
        if facts.name in self._kept:
            raise ReplayError(f"episode '{facts.name}' is there already")
        first = next(iter(self._kept.values()), None)
        if first is not None and episode.sizes != first.episode.sizes:
            raise ReplayError(f"views and features {episode.sizes}, not {first.episode.sizes}")

    def _keep(self, episode: ReplayEpisode, labels: dict[str, bool]) -> None:
        self._check(episode)
        self._kept[episode.facts.name] = Judged(episode, labels.get(episode.facts.name, episode.facts.success))
        self._tables.pop(episode.facts.demonstration, None)
