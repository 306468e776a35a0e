"""The residual learner's side of a deployment. See config/residual.yaml."""

from __future__ import annotations

from pydantic import Field

from vital_ros.config.base import Model, Number


class ResidualConfig(Model):
    """config/residual.yaml"""

    record: bool = True
    """Write every episode as a bag."""
    offset_scale: Number = Field(default=0.2, ge=0, le=0.2)
    """Largest residual as a share of the largest demonstrated action, per dimension (paper Table 6)."""
