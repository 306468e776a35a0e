"""The whole state of a training in one safetensors file, replaced atomically: kill -9 at any moment and continue.

Random numbers are seeded per iteration, so there is no generator state to keep.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from vital_ros.policy.checkpoint import replace


class TrainingError(Exception):
    """A training that cannot start or continue; the message is one line for the user."""


class Averaged:
    """Exponential moving average of a network's weights; decay 0 is a plain copy."""

    def __init__(self, network: nn.Module, decay: float):
        self.decay = decay
        self.weights = [p.detach().clone() for p in network.parameters()]

    def update(self, network: nn.Module, iteration: int) -> None:
        """After a gradient step; the first iterations are forgotten sooner."""
        decay = min(self.decay, (1 + iteration) / (10 + iteration))
        torch._foreach_lerp_(self.weights, [p.detach() for p in network.parameters()], 1 - decay)

    def swap(self, network: nn.Module) -> None:
        """Exchange the network's weights with the average; twice restores both."""
        for parameter, average in zip(network.parameters(), self.weights, strict=True):
            parameter.data, average.data = average.data, parameter.data


def save_state(
    path: Path, network: nn.Module, averaged: Averaged, optimizer: torch.optim.Optimizer, facts: dict[str, Any]
) -> None:
    """`facts` is JSON-serialisable: iteration, history, what the run is."""
    data = save(_tensors(network, averaged, optimizer), {"facts": json.dumps(facts)})
    replace(path, data)


def load_facts(path: Path) -> dict[str, Any]:
    """Raise TrainingError when the file is damaged."""
    try:
        with safe_open(path, "pt") as file:
            return dict(json.loads(file.metadata()["facts"]))
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        raise TrainingError(f"{path} is damaged: remove it to start this training anew") from None


def load_state(path: Path, network: nn.Module, averaged: Averaged, optimizer: torch.optim.Optimizer) -> None:
    """Restore in place, memory layout included.

    Raises:
        TrainingError: the file is damaged or of another network.
    """
    for parameter in network.parameters():
        optimizer.state[parameter] = {
            "step": torch.zeros((), device=parameter.device),
            "exp_avg": torch.zeros_like(parameter),
            "exp_avg_sq": torch.zeros_like(parameter),
        }
    try:
        with safe_open(path, "pt") as file, torch.no_grad():
            for name, tensor in _tensors(network, averaged, optimizer, as_saved=False).items():
                tensor.copy_(file.get_tensor(name))
    except (SafetensorError, OSError, RuntimeError):
        raise TrainingError(f"{path} is damaged or of another network: remove it to start anew") from None


def _tensors(
    network: nn.Module, averaged: Averaged, optimizer: torch.optim.Optimizer, as_saved: bool = True
) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for (name, parameter), average in zip(network.named_parameters(), averaged.weights, strict=True):
        tensors[f"network.{name}"] = parameter.detach()
        tensors[f"averaged.{name}"] = average
        for key, value in optimizer.state[parameter].items():
            tensors[f"adam.{name}.{key}"] = value
    return {name: tensor.contiguous() for name, tensor in tensors.items()} if as_saved else tensors
