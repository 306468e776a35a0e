"""Which step is taken along a gradient, and how large."""

from __future__ import annotations

import math

import torch
from torch import nn

from vital_ros.config import TrainingPreset


def make_optimizer(network: nn.Module, preset: TrainingPreset) -> torch.optim.Optimizer:
    """Adam and AdamW are one: AdamW without decay is Adam."""
    groups: dict[bool, list[nn.Parameter]] = {False: [], True: []}
    for name, parameter in network.named_parameters():
        decayed = preset.optimizer == "adamw" or (preset.optimizer == "mixed" and "tactile_encoder." in name)
        groups[decayed].append(parameter)
    return torch.optim.AdamW(
        [
            {"params": parameters, "weight_decay": preset.weight_decay if decayed else 0.0}
            for decayed, parameters in groups.items()
            if parameters
        ],
        lr=preset.learning_rate,
        fused=True,
    )


def learning_rate(preset: TrainingPreset, iteration: int) -> float:
    """Linear warm-up, then constant, or a cosine that ends at zero after the last iteration."""
    if iteration < preset.warmup:
        return preset.learning_rate * (iteration + 1) / preset.warmup
    if preset.schedule == "constant":
        return preset.learning_rate
    share = (iteration - preset.warmup) / max(1, preset.iterations - preset.warmup)
    return preset.learning_rate * 0.5 * (1 + math.cos(math.pi * share))
