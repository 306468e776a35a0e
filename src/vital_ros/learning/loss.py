"""How far a predicted chunk is from the demonstrated one, both in network units."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

Loss = Literal["mse", "nll"]

STD = 0.1
"""Of the release's action distribution."""
SQUARED_ERRORS: dict[Loss, float] = {"mse": 1.0, "nll": 1 / (2 * STD**2)}
"""Weight of a squared error within each loss."""


RAMP = 0.4
"""Share of a training after which its axes have their full weights: first it has to learn to see at all."""


def chunk_loss(kind: Loss, predicted: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Mean over the batch and all numbers of the chunks; `mse` is the paper's, `nll` the release's.

    Args:
        predicted, target: (B, chunk, 7).
        weights: (7,) of the axes, all 1 in the paper and the release.
    """
    if kind == "mse":
        return (weights * (predicted - target).square()).mean()
    return (weights * truncated_normal_nll(predicted, target)).mean()


def axis_weights(chunks: Tensor, most: float) -> Tensor:
    """What makes errors of all three translations count alike, (7,): an axis that moves little weighs up to `most`.

    Most steps of a demonstration go down, or along, and nearly straight. Unweighted, all that happens sideways is a few
    per cent of the loss, although it decides whether the part finds its opening.

    Args:
        chunks: (n, chunk, 7), all that was demonstrated, in network units.
    """
    power = chunks.square().mean(dim=(0, 1))
    weights = torch.ones_like(power)
    weights[:3] = (power[:3].max() / power[:3].clamp_min(1e-9)).clamp(1.0, most)
    return weights


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
