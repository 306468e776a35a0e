"""Weights in single precision with a working copy in the precision that computes.

All parameters of a network lie in one vector, so that an update, a cast or an average is one pass over memory instead
of one call per tensor: with networks this small the calls would cost more than the products.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

ALIGNED = 32
"""Numbers to whose multiple every tensor's place in the vector is rounded up."""


class Weights:
    """Of one network, whose parameters become views of a vector in `dtype`.

    Attributes:
        network: the network; computes in `dtype`.
        master: all weights, single precision, (n,).
    """

    def __init__(self, network: nn.Module, dtype: torch.dtype):
        self.network = network
        parameters = dict(network.named_parameters())
        self._places: dict[str, tuple[int, torch.Size]] = {}
        size = 0
        for name, parameter in parameters.items():
            self._places[name] = size, parameter.shape
            size += -(-parameter.numel() // ALIGNED) * ALIGNED
        self.master = torch.zeros(size)
        for name, part in self.named(self.master).items():
            part.copy_(parameters[name].detach())
        self._working = self.master.to(dtype)
        self._gradient = torch.zeros_like(self._working)
        working, gradient = self.named(self._working), self.named(self._gradient)
        for name, parameter in parameters.items():
            parameter.data, parameter.grad = working[name], gradient[name]

    def named(self, vector: Tensor) -> dict[str, Tensor]:
        """Views of a vector laid out like these weights, by parameter."""
        return {
            name: vector[begin : begin + shape.numel()].view(shape) for name, (begin, shape) in self._places.items()
        }

    def publish(self) -> None:
        """Have the network compute with the master's present values."""
        self._working.copy_(self.master)

    def gradient_of(self, loss: Tensor) -> Tensor:
        """(n,), in `dtype`; valid until the next call."""
        self._gradient.zero_()
        loss.backward()
        return self._gradient


class Trained:
    """Weights that follow gradients, by Adam; `l2` times their squared norm belongs to the loss."""

    def __init__(self, network: nn.Module, dtype: torch.dtype, rate: float, l2: float = 0.0):
        self.weights = Weights(network, dtype)
        master = self.weights.master
        self._gradient = master.grad = torch.zeros_like(master)
        self._adam = torch.optim.Adam([master], lr=rate, weight_decay=2 * l2, fused=True)
        self.moments = {"exp_avg": torch.zeros_like(master), "exp_avg_sq": torch.zeros_like(master)}
        self.moments["step"] = torch.zeros(())
        self._adam.state[master] = self.moments

    def step(self, loss: Tensor) -> None:
        self._gradient.copy_(self.weights.gradient_of(loss))
        self._adam.step()
        self.weights.publish()

    def tensors(self) -> dict[str, Tensor]:
        """The whole state, to be saved, or copied into followed by `weights.publish()`."""
        return {"weights": self.weights.master, **self.moments}


class Trailing:
    """Weights that follow others slowly: a target network."""

    def __init__(self, network: nn.Module, dtype: torch.dtype, leader: Weights):
        self.weights = Weights(network.requires_grad_(False), dtype)
        self.weights.master.copy_(leader.master)
        self.weights.publish()

    def follow(self, leader: Weights, share: float) -> None:
        self.weights.master.lerp_(leader.master, share)
        self.weights.publish()
