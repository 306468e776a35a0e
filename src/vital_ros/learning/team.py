"""The processes of one training: this one alone, or all that torchrun started, one for each GPU."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from vital_ros.learning.state import TrainingError


@dataclass(frozen=True)
class Team:
    """Who this process is; only the first one writes."""

    rank: int = 0
    count: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def first(self) -> bool:
        return self.rank == 0

    def share(self, batch: Tensor) -> Tensor:
        """This process's rows of what all have drawn alike."""
        return batch[self.rank :: self.count]

    def mean(self, value: Tensor) -> Tensor:
        """Over all processes."""
        if self.count > 1:
            dist.all_reduce(value)
            value /= self.count
        return value

    def joined(self, network: nn.Module) -> nn.Module:
        """A network whose gradients are the mean over all processes after `backward`."""
        if self.count == 1:
            return network
        return DistributedDataParallel(network, device_ids=[self.device] if self.device.type == "cuda" else None)


def join(device: str) -> Team:
    """The team that the environment describes (torchrun: WORLD_SIZE, RANK, LOCAL_RANK).

    Args:
        device: `cpu`, `cuda`, or `auto`: a GPU if there is one.

    Raises:
        TrainingError: no such device, or fewer GPUs than processes on this machine.
    """
    if device not in ("auto", "cpu", "cuda") or (device == "cuda" and not torch.cuda.is_available()):
        raise TrainingError(f"--device {device}: not available here; use --device cpu")
    kind = "cuda" if device == "cuda" or (device == "auto" and torch.cuda.is_available()) else "cpu"
    count, rank, local = (int(os.environ.get(name, default)) for name, default in _ENVIRONMENT)
    if count == 1:
        return Team(device=torch.device(kind))
    if kind == "cuda" and local >= torch.cuda.device_count():
        raise TrainingError(f"{local + 1} processes on a machine with {torch.cuda.device_count()} GPUs: one each")
    where = torch.device(kind, local) if kind == "cuda" else torch.device(kind)
    if kind == "cuda":
        torch.cuda.set_device(where)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if kind == "cuda" else "gloo")
    return Team(rank, count, where)


def leave() -> None:
    """Let go of the others, when the training has ended."""
    if dist.is_initialized():
        dist.destroy_process_group()


_ENVIRONMENT = (("WORLD_SIZE", "1"), ("RANK", "0"), ("LOCAL_RANK", "0"))
