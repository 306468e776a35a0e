"""The residual actor (paper 3.2, A1.2): frozen features and the base action in, a bounded correction out."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from vital_ros.policy.actions import ACTION_SIZE

LOG_STD = -5.0, 2.0


def mlp(inputs: int, width: int, layers: int, outputs: int, norm: bool) -> nn.Sequential:
    """Linear (, LayerNorm), ReLU per hidden layer; a last Linear `output`."""
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    for index in range(layers):
        parts[f"linear{index}"] = nn.Linear(width if index else inputs, width)
        if norm:
            parts[f"norm{index}"] = nn.LayerNorm(width)
        parts[f"relu{index}"] = nn.ReLU()
    parts["output"] = nn.Linear(width, outputs)
    return nn.Sequential(parts)


class ResidualActor(nn.Module):
    """(B, features + 7) to (B, 7) in [-1, 1], units of the residual's bound; untrained it says exactly 0."""

    def __init__(self, inputs: int, width: int, layers: int, stochastic: bool):
        super().__init__()
        self.stochastic = stochastic
        self.layers = mlp(inputs, width, layers, (2 if stochastic else 1) * ACTION_SIZE, norm=False)
        for parameter in self.layers.get_submodule("output").parameters():
            nn.init.zeros_(parameter)

    def forward(self, state: Tensor) -> Tensor:
        """What is done without exploration."""
        return torch.tanh(self.layers(state)[..., :ACTION_SIZE].float())

    def distribution(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation, (B, 7) each, before tanh (SAC)."""
        mean, spread = self.layers(state).float().chunk(2, dim=-1)
        low, high = LOG_STD
        return mean, torch.exp(low + (high - low) * (torch.tanh(spread) + 1) / 2)
