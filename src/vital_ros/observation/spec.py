"""The observation contract: what the network sees, exactly; stored in every checkpoint."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vital_ros.config.base import Model, Number, Positive


class ObservationSpec(Model):
    """How raw sensor readings become network inputs: equal contracts, equal inputs from bag, live and simulation."""

    raw_width: int = Field(gt=0)
    """px, of the camera frames the policy was trained on."""
    raw_height: int = Field(gt=0)
    image_size: int = Field(default=128, gt=0)
    """px, square input of the network."""
    crop_right: Number = Field(default=0.2, ge=0, lt=1)
    """Share of the raw width cut off at the right (release: robot_env.py)."""
    channel_order: Literal["rgb", "bgr"] = "rgb"
    view_mask: bool = False
    """Only the window of `view_window` is seen, all else is black."""
    sensor: int = Field(default=0, ge=0)
    """Which tactile pad the policy reads."""
    tactile_scale: tuple[Positive, ...] = Field(min_length=3)
    """uT per unit, one per value of the pad."""

    @property
    def tactile_values(self) -> int:
        return len(self.tactile_scale)

    def differences(self, other: ObservationSpec) -> list[str]:
        """Readable differences to what another machine observes; empty when they agree.

        The learned tactile scale and the view mask are the policy's own and go with it everywhere.
        """
        own = {"tactile_scale", "view_mask"}
        mine, theirs = self.model_dump(exclude=own), other.model_dump(exclude=own)
        mine["tactile_values"], theirs["tactile_values"] = self.tactile_values, other.tactile_values
        return [f"{key} {mine[key]} != {theirs[key]}" for key in mine if mine[key] != theirs[key]]
