"""The visuotactile policy network: image and touch in, a chunk of actions out (paper 3.1, A1.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vital_ros.config import NetworkConfig
from vital_ros.policy.actions import ACTION_SIZE
from vital_ros.policy.encoders import ImageEncoder, TactileEncoder
from vital_ros.policy.transformer import Transformer


class VisuoTactilePolicy(nn.Module):
    """Tokens (image, touch, action); the transformer's output at the action token becomes the chunk.

    With the default configuration and 15 tactile values 7,599,494 parameters, the paper's 7.6 M. Proprioception is no
    input: the policy acts where the object is, wherever that is.
    """

    def __init__(self, config: NetworkConfig, tactile_values: int = 15):
        super().__init__()
        width = config.width
        self.config = config
        self.image_encoder = ImageEncoder(config)
        self.tactile_encoder = TactileEncoder(tactile_values, config) if config.tactile else None
        self.action_token = nn.Parameter(torch.randn(config.feature_size) * 0.02)
        self.transformer = Transformer(config)
        self.head = nn.Sequential(
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, config.chunk * ACTION_SIZE),
            nn.Tanh(),
        )

    def encode(self, image: Tensor, tactile: Tensor) -> list[Tensor]:
        """The features z: (B, feature size) of the image and, unless vision-only, of the touch."""
        features = [self.image_encoder(image)]
        if self.tactile_encoder is not None:
            features.append(self.tactile_encoder(tactile))
        return features

    def act(self, features: list[Tensor]) -> Tensor:
        """Features to the chunk, (B, chunk, 7) in [-1, 1]."""
        action_token = self.action_token.expand_as(features[0])
        tokens = torch.stack([*features, action_token], dim=1)
        return self.head(self.transformer(tokens)[:, -1]).unflatten(-1, (self.config.chunk, ACTION_SIZE))

    def forward(self, image: Tensor, tactile: Tensor) -> Tensor:
        """(B, 3, H, W) in [0, 1] and (B, values) to (B, chunk, 7) in [-1, 1]."""
        return self.act(self.encode(image, tactile))
