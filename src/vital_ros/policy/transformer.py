"""A small causal transformer over tokens (minGPT's shape: pre-LN, GELU, learned positions)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vital_ros.config import NetworkConfig

POSITIONS = 65
"""Learned positions, as in the release; the policy uses the first two or three."""
GPT2_STD = 0.02


class Block(nn.Module):
    """Attention and MLP, each on a normalised residual stream."""

    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width), nn.Dropout(dropout)
        )

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        dropout = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)
        y = self.attention_out(y.transpose(1, 2).reshape(batch, length, width))
        x = x + F.dropout(y, self.dropout, self.training)
        return x + self.mlp(self.norm2(x))


class Transformer(nn.Module):
    """(B, T, feature size) to (B, T, width)."""

    def __init__(self, config: NetworkConfig):
        super().__init__()
        width, layers = config.width, config.layers
        self.input = nn.Linear(config.feature_size, width)
        self.positions = nn.Parameter(torch.zeros(POSITIONS, width))
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.Sequential(*(Block(width, config.heads, config.dropout) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.output = nn.Linear(width, width, bias=False)
        # GPT-2's initialisation; unless it shall be plain, with 1/sqrt(width) in place of 0.02, which was meant for a
        # width of 2,500: at 256 the tokens would fade from block to block
        std = 1 / math.sqrt(width) if config.start == "scaled" else GPT2_STD
        for name, parameter in self.named_parameters():
            if name == "positions" or (name.endswith("weight") and parameter.dim() == 2):
                residual = name.endswith(("attention_out.weight", "mlp.2.weight"))
                nn.init.normal_(parameter, std=std / math.sqrt(2 * layers) if residual else std)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.dropout(self.input(tokens) + self.positions[: tokens.shape[1]])
        return self.output(self.norm(self.blocks(x)))
