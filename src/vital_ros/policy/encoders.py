"""Image and touch to one token each (paper A1.2; layer list in the release: resnet_encoder.py, mlp.py).

The "ResNet-18" of the paper is its first half: only stem, layer1 and layer2 give the stated 7.6 M parameters. GroupNorm
instead of BatchNorm, and a spatial softmax at the end: the features are positions in the image, not appearance.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

GROUPS = 8
SHARPNESS = 6.0
"""Factor on the initial weights of the key points' maps and of their projection.

Without it every map's softmax starts almost flat: the expected positions of different images differ by less than 0.01,
the image token says nothing, and a thousand iterations go by before the first lateral motion is learned.
"""


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm1 = nn.GroupNorm(GROUPS, outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.GroupNorm(GROUPS, outputs)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.GroupNorm(GROUPS, outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


def spatial_softmax(maps: Tensor) -> Tensor:
    """Expected positions of (B, K, H, W) maps, (B, 2K): x then y in [-1, 1] (Levine et al. 2016, no temperature)."""
    batch, count, height, width = maps.shape
    weights = maps.flatten(2).softmax(dim=-1).view(batch, count, height, width)
    x = torch.linspace(-1, 1, width, device=maps.device, dtype=maps.dtype)
    y = torch.linspace(-1, 1, height, device=maps.device, dtype=maps.dtype)
    return torch.cat([weights.sum(dim=2) @ x, weights.sum(dim=3) @ y], dim=-1)


class ImageEncoder(nn.Module):
    """(B, 3, H, W) in [0, 1] to (B, width)."""

    def __init__(self, width: int, keypoints: int):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False),
            nn.GroupNorm(GROUPS, 64),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
            BasicBlock(64, 64),
            BasicBlock(64, 64),
            BasicBlock(64, 128, stride=2),
            BasicBlock(128, 128),
        )
        self.keypoints = nn.Conv2d(128, keypoints, 1)
        self.projection = nn.Linear(2 * keypoints, width)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        with torch.no_grad():
            self.keypoints.weight.mul_(SHARPNESS)
            self.projection.weight.mul_(SHARPNESS)

    def forward(self, image: Tensor) -> Tensor:
        features = self.trunk(2 * image - 1)
        # bfloat16 holds positions to no better than a quarter of a pixel: from here on in full precision.
        with torch.autocast(features.device.type, enabled=False):
            return self.projection(spatial_softmax(self.keypoints(features.float())))


class TactileEncoder(nn.Sequential):
    """(B, values) to (B, width): two hidden layers, SiLU, orthogonal initialisation."""

    def __init__(self, values: int, width: int):
        super().__init__(
            nn.Linear(values, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width)
        )
        for module in self:
            if isinstance(module, nn.Linear):
                nn.init.orthogonal_(module.weight)
                nn.init.zeros_(module.bias)
