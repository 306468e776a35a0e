"""The process that plays: it has the cell and the frozen policy, and gets its orders and weights from the learner's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from vital_ros.config import ResidualConfig, load_config
from vital_ros.learning.replay_episode import write_episode
from vital_ros.learning.residual.playing import ResidualPlayer
from vital_ros.learning.residual.views import Views
from vital_ros.policy import LocalPolicy
from vital_ros.policy.contract import observation_contract
from vital_ros.policy.local_policy import Execution
from vital_ros.policy.residual_policy import ResidualPolicy
from vital_ros.sim import Cell

VIEWS_SEED = 0
"""Of the backgrounds: the same pool whoever encodes."""


def execution_of(settings: ResidualConfig) -> Execution:
    """How the base policy's chunks become the actions that are corrected."""
    return "newest" if settings.base == "newest" else "ensemble"


@dataclass(frozen=True)
class Order:
    """One episode to play."""

    seed: int
    weights: bytes | None
    """Of a residual; None: the base policy alone."""
    name: str = ""
    """Under which the episode goes to the replay; empty: it is an evaluation and is not kept."""
    share: float = 1.0
    std: float = 0.0


@dataclass(frozen=True)
class Played:
    """What became of an order."""

    order: Order
    success: bool
    cause: str
    steps: int


class Robot:
    """Cell, policy and what is needed to keep an episode."""

    def __init__(self, task: str, base: Path, directory: Path, settings: ResidualConfig, folder: Path, contract: str):
        self._config, self._settings = load_config(directory), settings
        self._policy = LocalPolicy.load(base, execution_of(settings), observation_contract(self._config))
        self._views = Views(self._policy, settings.augmentation, settings.views, VIEWS_SEED)
        self._cell = Cell(task, self._config)
        self._folder, self._contract = folder, contract

    def play(self, order: Order) -> Played:
        """Play and, unless it is an evaluation, write the episode: it is on the disk when this returns."""
        residual = ResidualPolicy.from_bytes(order.weights) if order.weights is not None else None
        views = self._views if order.name else None
        player = ResidualPlayer(self._policy, self._config, self._settings, views, residual, order.share, order.std)
        result = player.play(self._cell, order.seed)
        if order.name:
            write_episode(self._folder, player.episode(order.name, self._contract, result))
        return Played(order, result.success, result.cause, result.steps)


_robot: Robot
"""Of this worker process."""


def begin(*arguments: Any) -> None:
    """Set a worker process up; see Robot."""
    global _robot
    torch.set_num_threads(1)
    _robot = Robot(*arguments)


def play(order: Order) -> Played:
    return _robot.play(order)
