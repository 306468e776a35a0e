"""The batches of one environment step: full ones, one after the other, each with its share of demonstrations."""

from __future__ import annotations

import numpy as np

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
    demonstrations = replay.sample(count * shown, rng, demonstrations=True)
    parts = zip(own, demonstrations, strict=True)
    return Transitions(*(
        np.concatenate([part.reshape(count, -1, *part.shape[1:]) for part in both], axis=1).reshape(
            count * size, *both[0].shape[1:]
        )
        for both in parts
    ))  # fmt: skip
