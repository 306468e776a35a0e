"""How far a predicted chunk is from the demonstrated one, both in network units."""

from __future__ import annotations

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

Loss = Literal["mse", "nll"]

STD = 0.1
"""Of the release's action distribution."""
SQUARED_ERRORS: dict[Loss, float] = {"mse": 1.0, "nll": 1 / (2 * STD**2)}
"""Weight of a squared error within each loss."""


def chunk_loss(kind: Loss, predicted: Tensor, target: Tensor) -> Tensor:
    """Mean over the batch and all numbers of the chunks; `mse` is the paper's, `nll` the release's."""
    if kind == "mse":
        return F.mse_loss(predicted, target)
    return truncated_normal_nll(predicted, target).mean()


def truncated_normal_nll(mean: Tensor, target: Tensor, std: float = STD) -> Tensor:
    """Negative log-likelihood of targets in [-1, 1] under a normal distribution cut off there; all finite.

    A target outside has no likelihood at all, and the release's loss is infinite then: `ActionSpec.normalise` refuses
    such data when it is loaded.

    Args:
        mean: in [-1, 1], as a tanh gives it: at least half of the distribution's mass then lies inside.
    """
    density = -0.5 * ((target - mean) / std).square() - math.log(std * math.sqrt(2 * math.pi))
    mass = torch.special.ndtr((1 - mean) / std) - torch.special.ndtr((-1 - mean) / std)
    return mass.log() - density
