"""A policy preset: what it sees, the network, how it is trained. See config/policies/*.yaml and docs/policies.md."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from vital_ros.config.base import Model, Number, Positive


class NetworkConfig(Model):
    """Paper A1.2; with these defaults 7,599,494 parameters."""

    tactile: bool = True
    """False: vision only (BAKU)."""
    encoder: Literal["truncated", "resnet18"] = "truncated"
    """Its first half with a spatial softmax (release; what gives 7.6 M), or all of ResNet-18 (the paper's words)."""
    width: int = Field(default=256, gt=0)
    """Size of a token and of the hidden layers."""
    features: int | None = Field(default=None, gt=0)
    """Size of the image's and the touch's features before they become tokens; default: width (ViSk: 512)."""
    keypoints: int = Field(default=256, gt=0)
    """Maps of the truncated encoder's spatial softmax."""
    tactile_layers: int = Field(default=3, gt=0, le=100)
    """Linear layers of the tactile encoder (release 3, ViSk 2)."""
    tactile_activation: Literal["silu", "relu"] = "silu"
    """Between them (release SiLU, ViSk ReLU)."""
    layers: int = Field(default=8, gt=0, le=100)
    heads: int = Field(default=4, gt=0, validate_default=True)
    dropout: Number = Field(default=0.1, ge=0, lt=1)
    chunk: int = Field(default=10, gt=0)
    start: Literal["scaled", "plain"] = "scaled"
    """Initial weights: scaled so that gradients reach the encoder at once, or as in the release."""

    @field_validator("heads")
    @classmethod
    def _divide_width(cls, heads: int, info: ValidationInfo) -> int:
        if info.data.get("width", heads) % heads:
            raise ValueError(f"it should divide width {info.data['width']}")
        return heads

    @property
    def feature_size(self) -> int:
        return self.features or self.width


class AugmentationConfig(Model):
    """What a training image goes through."""

    crop_pad: int = Field(default=4, ge=0, le=16)
    """px; the crop's offset is one of 0 .. 2 * pad."""
    crop_border: Literal["repeat", "black"] = "repeat"
    """What the image is grown by before it is cropped: copies of its border (DrQ-v2), or black (release)."""
    brightness: Number = Field(default=0.3, ge=0, lt=1)
    contrast: Number = Field(default=0.3, ge=0, lt=1)
    saturation: Number = Field(default=0.2, ge=0, lt=1)
    grey: Literal["luma", "mean"] = "luma"
    """What a colour without saturation is: its brightness to the eye, or the mean of its channels (release)."""
    jitter: Literal["after", "before"] = "after"
    """The background is replaced, so that it is jittered too (release, cloning), or not (release, RL)."""
    background: Number = Field(default=1.0, ge=0, le=1)
    """Probability of another background; the paper does not state it, the release uses 1."""
    background_per: Literal["frame", "episode"] = "frame"
    """Every image draws its own background (release), or all of one episode in a batch have the same."""


class TrainingPreset(Model):
    """One way to spend time; `paper` is Table 6."""

    iterations: int = Field(gt=0)
    batch_size: int = Field(gt=0)
    """Of all processes together."""
    learning_rate: Positive
    loss: Literal["mse", "nll"] = "mse"
    """Mean squared error (paper), or the negative log-likelihood of a truncated normal of std 0.1 (release)."""
    optimizer: Literal["adam", "adamw", "mixed"] = "adam"
    """Adam (paper), AdamW (ViSk), or AdamW for the tactile encoder and Adam for all else (release)."""
    weight_decay: Number = Field(default=1e-4, ge=0)
    """Of AdamW (release, ViSk)."""
    schedule: Literal["constant", "cosine"] = "constant"
    warmup: int = Field(default=0, ge=0)
    """Iterations of linear warm-up."""
    ema: Number = Field(default=0.0, ge=0, lt=1)
    """Decay of the averaged weights, 0: none."""
    precision: Literal["bf16", "fp32"] = "bf16"
    readout: Number = Field(default=0.0, ge=0)
    """Weight of the loss of a linear readout of the features, which exists during training only; the paper has none."""
    balance: Number = Field(default=1.0, ge=1)
    """Largest weight of a translation axis that moves little, so that all axes count alike; 1: none (paper)."""
    background: Number | None = Field(default=None, ge=0, le=1)
    """Overrides augmentation.background."""
    crop_pad: int | None = Field(default=None, ge=0, le=16)
    """px; overrides augmentation.crop_pad."""


class PolicyConfig(Model):
    """config/policies/<name>.yaml"""

    name: str
    action_frame: Literal["tool", "base"] = "tool"
    """Frame of the translation delta: the paper's end-effector frame, or the release's base frame."""
    normalisation: Literal["symmetric", "unit"] = "symmetric"
    """Actions to [-1, 1] about no motion, or translations to [0, 1] between the extremes of the data (release)."""
    view_mask: bool = False
    """Black out all but rows 26 .. 127 and columns 42 .. 105 of 128, in training and at work (release)."""
    ensemble_m: Number = 0.01
    """Of the temporal ensemble's weights exp(-m i), i = 0 the oldest (paper); negative prefers the newest."""
    network: NetworkConfig = NetworkConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    presets: dict[str, TrainingPreset] = Field(min_length=1)

    def augmentation_of(self, preset: str) -> AugmentationConfig:
        """With the preset's own crop and share of replaced backgrounds."""
        chosen = self.presets[preset]
        own = {"background": chosen.background, "crop_pad": chosen.crop_pad}
        return self.augmentation.model_copy(update={key: value for key, value in own.items() if value is not None})
