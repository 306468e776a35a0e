"""A policy preset: what it sees, the network, how it is trained. See config/policies/*.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vital_ros.config.base import Model, Number, Positive


class NetworkConfig(Model):
    """Paper A1.2; with these defaults 7,599,494 parameters."""

    tactile: bool = True
    """False: vision only (BAKU)."""
    width: int = Field(default=256, gt=0)
    """Size of a token and of the hidden layers."""
    keypoints: int = Field(default=256, gt=0)
    """Maps of the spatial softmax."""
    layers: int = Field(default=8, gt=0)
    heads: int = Field(default=4, gt=0)
    dropout: Number = Field(default=0.1, ge=0, lt=1)
    chunk: int = Field(default=10, gt=0)


class AugmentationConfig(Model):
    """What a training image goes through."""

    crop_pad: int = Field(default=4, ge=0, le=16)
    """px; the crop's offset is one of 0 .. 2 * pad."""
    brightness: Number = Field(default=0.3, ge=0, lt=1)
    contrast: Number = Field(default=0.3, ge=0, lt=1)
    saturation: Number = Field(default=0.2, ge=0, lt=1)
    background: Number = Field(default=1.0, ge=0, le=1)
    """Probability of another background; the paper does not state it, the release uses 1."""


class TrainingPreset(Model):
    """One way to spend time; `paper` is Table 6."""

    iterations: int = Field(gt=0)
    batch_size: int = Field(gt=0)
    learning_rate: Positive
    schedule: Literal["constant", "cosine"] = "constant"
    warmup: int = Field(default=0, ge=0)
    """Iterations of linear warm-up."""
    ema: Number = Field(default=0.0, ge=0, lt=1)
    """Decay of the averaged weights, 0: none."""
    precision: Literal["bf16", "fp32"] = "bf16"
    readout: Number = Field(default=0.0, ge=0)
    """Weight of the loss of a linear readout of the features, which exists during training only; the paper has none."""
    background: Number | None = Field(default=None, ge=0, le=1)
    """Overrides augmentation.background."""
    crop_pad: int | None = Field(default=None, ge=0, le=16)
    """px; overrides augmentation.crop_pad."""


class PolicyConfig(Model):
    """config/policies/<name>.yaml"""

    name: str
    action_frame: Literal["tool", "base"] = "tool"
    """Frame of the translation delta: the paper's end-effector frame, or the release's base frame."""
    network: NetworkConfig = NetworkConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    presets: dict[str, TrainingPreset]
