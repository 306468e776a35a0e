"""The convolutional trunk: ResNet-18 (He et al. 2016) with GroupNorm, or its first half."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vital_ros.policy.group_norm import GroupNorm

STAGES = (64, 128, 256, 512)
"""Channels; each stage is two blocks and all but the first halve the size."""


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm1 = GroupNorm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = GroupNorm(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), GroupNorm(outputs))

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class ResNetTrunk(nn.Sequential):
    """(B, 3, H, W) to (B, channels, H / 4 / 2^(stages - 1), the same of W).

    Attributes:
        channels: of the last stage.
    """

    def __init__(self, stages: int):
        blocks: list[nn.Module] = []
        inputs = STAGES[0]
        for outputs in STAGES[:stages]:
            blocks += [BasicBlock(inputs, outputs, 1 if outputs == inputs else 2), BasicBlock(outputs, outputs)]
            inputs = outputs
        super().__init__(
            nn.Conv2d(3, STAGES[0], 7, stride=2, padding=3, bias=False),
            GroupNorm(STAGES[0]),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
            *blocks,
        )
        self.channels = STAGES[stages - 1]
