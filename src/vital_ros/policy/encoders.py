"""Image and touch to one feature vector each (paper A1.2; layer list in the release: resnet_encoder.py, mlp.py).

The "ResNet-18" of the paper is its first half: only stem, layer1 and layer2 give the stated 7.6 M parameters. GroupNorm
instead of BatchNorm, and a spatial softmax at the end: the features are positions in the image, not appearance. The
whole ResNet-18, averaged over the image as its authors do, is there to compare.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vital_ros.config import NetworkConfig
from vital_ros.policy.resnet import ResNetTrunk

SHARPNESS = 6.0
"""Factor on the initial weights of the key points' maps and of their projection.

Without it every map's softmax starts almost flat: the expected positions of different images differ by less than 0.01,
the image token says nothing, and a thousand iterations go by before the first lateral motion is learned.
"""
ACTIVATIONS: dict[str, type[nn.Module]] = {"silu": nn.SiLU, "relu": nn.ReLU}


def spatial_softmax(maps: Tensor) -> Tensor:
    """Expected positions of (B, K, H, W) maps, (B, 2K): x then y in [-1, 1] (Levine et al. 2016, no temperature)."""
    batch, count, height, width = maps.shape
    weights = maps.flatten(2).softmax(dim=-1).view(batch, count, height, width)
    x = torch.linspace(-1, 1, width, device=maps.device, dtype=maps.dtype)
    y = torch.linspace(-1, 1, height, device=maps.device, dtype=maps.dtype)
    return torch.cat([weights.sum(dim=2) @ x, weights.sum(dim=3) @ y], dim=-1)


class ImageEncoder(nn.Module):
    """(B, 3, H, W) in [0, 1] to (B, feature size)."""

    def __init__(self, config: NetworkConfig):
        super().__init__()
        truncated = config.encoder == "truncated"
        self.trunk = ResNetTrunk(stages=2 if truncated else 4)
        channels = self.trunk.channels
        self.keypoints = nn.Conv2d(channels, config.keypoints, 1) if truncated else None
        self.projection = nn.Linear(2 * config.keypoints if truncated else channels, config.feature_size)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if self.keypoints is not None and config.start == "scaled":
            with torch.no_grad():
                self.keypoints.weight.mul_(SHARPNESS)
                self.projection.weight.mul_(SHARPNESS)

    def forward(self, image: Tensor) -> Tensor:
        features = self.trunk(2 * image - 1)
        # bfloat16 holds positions to no better than a quarter of a pixel: from here on in full precision.
        with torch.autocast(features.device.type, enabled=False):
            features = features.float()
            if self.keypoints is None:
                return self.projection(features.mean(dim=(2, 3)))
            return self.projection(spatial_softmax(self.keypoints(features)))


class TactileEncoder(nn.Sequential):
    """(B, values) to (B, feature size): linear layers with an activation between, orthogonal at first."""

    def __init__(self, values: int, config: NetworkConfig):
        size, layers = config.feature_size, list[nn.Module]()
        for index in range(config.tactile_layers):
            layers += [ACTIVATIONS[config.tactile_activation]()] if index else []
            layers += [nn.Linear(size if index else values, size)]
        super().__init__(*layers)
        for module in self:
            if isinstance(module, nn.Linear):
                nn.init.orthogonal_(module.weight)
                nn.init.zeros_(module.bias)
