"""A residual's card: what one must know to use its weights."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from vital_ros.config.base import Model, Number
from vital_ros.config.residual import ResidualConfig

PerDimension = tuple[Number, Number, Number, Number, Number, Number, Number]


class ResidualCard(Model):
    """What one must know to use a residual."""

    task: str
    policy: str = "vital"
    base: str
    """Name of the policy that is corrected; `base_sha256` is of its weights, and no others will do."""
    base_sha256: str
    config: ResidualConfig
    features: int = Field(gt=0)
    """Of image and touch together."""
    bound: PerDimension
    """Largest residual, m, rad, opening; 0: unchanged."""
    largest: PerDimension
    """Largest demonstrated action, in whose unit the actor sees the base action."""
    training: dict[str, Any] = {}
    """Steps, episodes, seconds, seed."""
    measured: dict[str, Any] = {}
    weights_sha256: str = ""
