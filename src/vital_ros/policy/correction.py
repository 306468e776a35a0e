"""A residual at work beside a base policy: which weights, how much of it, how much it tries out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vital_ros.policy.residual_policy import ResidualPolicy


@dataclass(frozen=True)
class Correction:
    """Exchanged as a whole, so that what acts in a tick is always one thing."""

    residual: ResidualPolicy
    version: int = 0
    """As its learner counts; 0: from a file."""
    share: float = 1.0
    """Of the residual's bound."""
    std: float = 0.0
    """Of exploration; see ResidualPolicy.act."""
    rng: np.random.Generator = field(default_factory=np.random.default_rng)

    def of(self, features: tuple[NDArray[np.float32], ...], base_action: ArrayLike) -> NDArray[np.float64]:
        """What is added to a base action, (7,), physical; all numbers as exact as the replay keeps them."""
        z = np.concatenate(features).astype(np.float16)
        return self.residual.act(z, np.asarray(base_action, np.float32), self.share, self.std, self.rng)
