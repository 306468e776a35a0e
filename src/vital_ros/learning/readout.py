"""A linear readout of the features, for training only (deep supervision, Lee et al. 2015).

Alone, the eight blocks of the transformer pass so little gradient at first that the image encoder learns to see the
height within minutes and the sideways error not at all. A linear map from the features straight to the chunk, trained
beside the policy and thrown away afterwards, shows the encoder what matters; the policy itself is unchanged.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vital_ros.policy import VisuoTactilePolicy
from vital_ros.policy.actions import ACTION_SIZE


class Supervised(nn.Module):
    """A policy with its readout; `forward` gives both predictions, each (B, chunk, 7).

    Args:
        reduced: compute the features, where nearly all the work is, in bfloat16.
    """

    def __init__(self, policy: VisuoTactilePolicy, reduced: bool = False):
        super().__init__()
        config = policy.config
        self.policy = policy
        self.reduced = reduced
        self.readout = nn.Linear((2 if config.tactile else 1) * config.feature_size, config.chunk * ACTION_SIZE)

    def encode(self, images: Tensor, touch: Tensor) -> list[Tensor]:
        """The features, in full precision whatever they were computed in."""
        with torch.autocast(images.device.type, torch.bfloat16, enabled=self.reduced):
            features = self.policy.encode(images, touch)
        return [feature.float() for feature in features]

    def forward(self, images: Tensor, touch: Tensor) -> tuple[Tensor, Tensor]:
        features = self.encode(images, touch)
        return self.policy.act(features), self.readout(torch.cat(features, dim=-1)).unflatten(-1, (-1, ACTION_SIZE))
