"""Whether weights are those of a network, before the network is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn


def fits(make: Callable[[], nn.Module], tensors: Mapping[str, Tensor]) -> bool:
    """Whether the tensors have the names and shapes of the network that `make` makes.

    A card may claim any size. The network is laid out without memory, so what is made afterwards is no larger than
    the file that was read.
    """
    try:
        with torch.device("meta"):
            wanted = make().state_dict()
    except (RuntimeError, OverflowError, TypeError):  # sizes beyond what a tensor can have
        return False
    return {name: t.shape for name, t in wanted.items()} == {name: t.shape for name, t in tensors.items()}
