"""Transitions as places in episodes that lie side by side: where each begins, and what it leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vital_ros.config.residual import RewardConfig
from vital_ros.learning.replay_episode import ReplayEpisode


class Transitions(NamedTuple):
    """A batch; row i of every array belongs to the same transition."""

    z: NDArray[np.float16]
    """(B, features of image and touch)."""
    a_base: NDArray[np.float32]
    """(B, 7), physical."""
    a_res: NDArray[np.float32]
    """(B, 7), physical."""
    reward: NDArray[np.float32]
    """(B,), discounted sum of the rewards up to the later observation."""
    discount: NDArray[np.float32]
    """(B,), of the value there: 0 where the episode has terminated by then."""
    next_z: NDArray[np.float16]
    next_a_base: NDArray[np.float32]


@dataclass(frozen=True)
class Judged:
    """An episode with its newest label, and what that makes of it."""

    episode: ReplayEpisode
    success: bool | None

    @property
    def terminal(self) -> bool:
        """Success ends the task even where nobody cut the episode off."""
        return self.success is True or self.episode.facts.terminated

    def rewards(self, config: RewardConfig) -> NDArray[np.float64]:
        """Of every action, (T,)."""
        rewards = -1e3 * config.per_mm * self.episode.distance.astype(np.float64)
        if self.terminal and self.success is not None:
            rewards[-1] += config.success if self.success else config.failure
        return rewards


@dataclass(frozen=True)
class Table:
    """All episodes of a kind side by side, and where in them every transition begins and leads."""

    z_image: NDArray[np.float16]
    """(K, frames, features)"""
    z_touch: NDArray[np.float16]
    a_base: NDArray[np.float32]
    a_res: NDArray[np.float32]
    first: NDArray[np.int64]
    """Frame of each transition, (steps,)."""
    later: NDArray[np.int64]
    reward: NDArray[np.float32]
    discount: NDArray[np.float32]

    @classmethod
    def of(cls, kept: list[Judged], config: RewardConfig, n: int, gamma: float) -> Table:
        first, later, reward, discount = [], [], [], []
        frame = 0
        for k in kept:
            length, rewards = len(k.episode), k.rewards(config)
            begin = np.arange(length)
            end = np.minimum(begin + n, length)
            padded = np.append(rewards, np.zeros(n))
            reward.append(sum(gamma**i * padded[i : i + length] for i in range(n)))
            discount.append(np.where(k.terminal & (end == length), 0.0, gamma ** (end - begin)))
            first.append(frame + begin)
            later.append(frame + end)
            frame += length + 1
        episodes = [k.episode for k in kept]
        return cls(
            np.concatenate([e.z_image for e in episodes], axis=1),
            np.concatenate([e.z_touch for e in episodes]),
            np.concatenate([e.a_base for e in episodes]),
            np.concatenate([e.a_res for e in episodes]),
            np.concatenate(first),
            np.concatenate(later),
            np.concatenate(reward).astype(np.float32),
            np.concatenate(discount).astype(np.float32),
        )

    def take(self, rows: NDArray[np.int64], views: NDArray[np.int64]) -> Transitions:
        first, later = self.first[rows], self.later[rows]
        return Transitions(
            self._z(views, first),
            self.a_base[first],
            self.a_res[rows],
            self.reward[rows],
            self.discount[rows],
            self._z(views, later),
            self.a_base[later],
        )

    def _z(self, views: NDArray[np.int64], frames: NDArray[np.int64]) -> NDArray[np.float16]:
        return np.hstack([self.z_image[views, frames], self.z_touch[frames]])
