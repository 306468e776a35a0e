"""Colours in configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from vital_ros.config.base import Number

Shade = Annotated[Number, Field(ge=0, le=1)]
Colour = tuple[Shade, Shade, Shade]
"""Red, green, blue, 0..1."""
