"""The residual: what it may change, how it is learned, what is recorded. See config/residual.yaml, docs/residual.md."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from vital_ros.config.base import ConfigError, Model, Number, Positive, parse
from vital_ros.config.policy import AugmentationConfig

Dimension = Literal["x", "y", "z", "rx", "ry", "rz", "gripper"]
DIMENSIONS: tuple[Dimension, ...] = ("x", "y", "z", "rx", "ry", "rz", "gripper")
"""Of an action, in its order."""


class ExplorationConfig(Model):
    """Gaussian noise on the actor's output, in units of the residual's bound; linear in environment steps."""

    start: Number = Field(default=0.25, ge=0, le=1)
    end: Number = Field(default=0.1, ge=0, le=1)
    steps: int = Field(default=5000, gt=0)
    """Until `end` is reached; 0.25, 0.1 and 5000 are the paper's Table 6."""
    target_clip: Number = Field(default=0.3, ge=0)
    """Largest noise on the actions that critics are compared with (DrQ-v2)."""


class RewardConfig(Model):
    """Success label and dense L1 distance to the task's goal (paper 3.2); weights are not in the paper."""

    success: Positive = 5.0
    """Once, for the last action of a successful episode (release)."""
    failure: Number = Field(default=-5.0, le=0)
    """The same for one that failed, so that ending early is no way out; a time-out is no failure (release)."""
    per_mm: Number = Field(default=0.005, ge=0)
    """Taken off every step, per mm of L1 distance between link_tcp and the goal (release: 0.01)."""


class ResidualConfig(Model):
    """config/residual.yaml"""

    record: bool = True
    """Write every episode as a bag."""
    offset_scale: Number = Field(default=0.2, ge=0, le=0.2)
    """Largest residual as a share of the largest demonstrated action, per dimension (paper Table 6)."""
    base: Literal["ensemble", "newest", "none"] = "ensemble"
    """What is corrected: the smoothed action (paper), the newest chunk's first, or nothing (RLPD: from scratch)."""
    dimensions: tuple[Dimension, ...] = Field(default=DIMENSIONS[:6], min_length=1)
    """What the residual may change; x, y, z is the release's translation-only residual."""
    ramp: int = Field(default=500, ge=0)
    """Environment steps in which the residual grows from nothing to its full size."""
    warm_up: int = Field(default=400, gt=0)
    """Environment steps before the first update; what is seen in them scales the features (release: 300)."""

    algorithm: Literal["ddpg", "sac"] = "ddpg"
    """n-step DDPG as in DrQ-v2 (paper), or SAC (the command of the release's readme)."""
    n_step: int = Field(default=3, gt=0, le=20)
    """Steps of a return (DrQ-v2; not in the paper; release: 1)."""
    discount: Number = Field(default=0.97, gt=0, lt=1)
    tau: Number = Field(default=0.01, gt=0, le=1)
    """Share of the critic that its target takes over with every update (DrQ-v2; release: 0.1)."""
    utd: int = Field(default=16, gt=0)
    """Critic updates per environment step, one actor update after them (paper Table 6)."""
    batch_size: int = Field(default=256, gt=0)
    """Of every single update (paper Table 6; the release cuts one batch into sixteen)."""
    width: int = Field(default=256, gt=0)
    actor_layers: int = Field(default=1, gt=0, le=100)
    """Hidden layers (paper A1.2: 1; RLPD: 4)."""
    critic_layers: int = Field(default=2, gt=0, le=100)
    """Hidden layers, each with LayerNorm (paper A1.2)."""
    actor_learning_rate: Positive = 1e-4
    critic_learning_rate: Positive = 3e-4
    actor_l2: Number = Field(default=5e-5, ge=0)
    """Weight of the squared norm of the actor's weights in its loss; crucial, says the paper."""
    exploration: ExplorationConfig = ExplorationConfig()
    reward: RewardConfig = RewardConfig()
    demonstrations: Number = Field(default=0.0, ge=0, lt=1)
    """Share of demonstrations in every batch (RLPD: 0.5)."""
    precision: Literal["bf16", "fp32"] = "bf16"
    """Of products and activations; weights and their updates are single precision."""

    views: int = Field(default=8, gt=0)
    """Per frame whose features are kept: the frame as it was, the others augmented."""
    augmentation: AugmentationConfig = AugmentationConfig(crop_pad=0, background_per="episode")
    """Of those others."""
    max_lag: int = Field(default=400, gt=0)
    """Environment steps without their updates at which the robot waits for the learner."""

    publish_every: int = Field(default=20, gt=0)
    """Environment steps learned from between two publications of weights, beside a running robot."""

    variants: dict[str, dict[str, Any]] = {}
    """Named sets of other values."""

    @model_validator(mode="after")
    def _variants_are_valid(self) -> ResidualConfig:
        for name in self.variants:
            try:
                self.variant(name)
            except ConfigError as error:
                raise ValueError(str(error)) from None
        return self

    def variant(self, name: str) -> ResidualConfig:
        """With the values of a named variant. Raise ConfigError."""
        if name not in self.variants:
            raise ConfigError(f"unknown variant '{name}'; known: {', '.join(self.variants) or 'none'}")
        data = self.model_dump(mode="json") | {"variants": {}}
        for key, value in self.variants[name].items():
            inner = data.get(key)
            data[key] = {**inner, **value} if isinstance(inner, dict) and isinstance(value, dict) else value
        return parse(ResidualConfig, data, f"variants.{name}")
