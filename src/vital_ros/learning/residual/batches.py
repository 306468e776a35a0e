"""The batches of one environment step: full ones, one after the other, each with its share of demonstrations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vital_ros.config import ResidualConfig
from vital_ros.learning.replay import Replay
from vital_ros.learning.replay_table import Transitions


def draw_batches(replay: Replay, config: ResidualConfig, rng: np.random.Generator) -> Transitions:
    """utd * batch_size transitions (RLPD: one half demonstrations, in every batch). Raise ReplayError."""
    count, size = config.utd, config.batch_size
    shown = round(config.demonstrations * size)
    own = replay.sample(count * (size - shown), rng)
    if not shown:
        return own
    parts: tuple[NDArray[Any], ...] = own
    others: tuple[NDArray[Any], ...] = replay.sample(count * shown, rng, demonstrations=True)
    return Transitions(*(_side_by_side(one, other, count) for one, other in zip(parts, others, strict=True)))


def _side_by_side(own: NDArray[Any], shown: NDArray[Any], count: int) -> NDArray[Any]:
    """Two parts of `count` batches each, (n, …) and (m, …), batch by batch."""
    parts = [part.reshape(count, -1, *part.shape[1:]) for part in (own, shown)]
    return np.concatenate(parts, axis=1).reshape(-1, *own.shape[1:])
