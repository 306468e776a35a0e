"""GroupNorm in eight groups, for both widths of the truncated trunk (release: GROUP_NORM_LOOKUP)."""

from __future__ import annotations

from torch import nn

GROUPS = 8


class GroupNorm(nn.GroupNorm):
    """Over (B, channels, H, W)."""

    def __init__(self, channels: int):
        super().__init__(GROUPS, channels)
