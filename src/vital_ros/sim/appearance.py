"""How the cell looks, apart from what it is: data that can be swapped at every reset; part of a scene."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from vital_ros.config.base import Model, Number, Positive, Vector3
from vital_ros.sim.colour import Colour
from vital_ros.sim.patterns import Pattern

MAX_DISTRACTORS = 16
GREEN: Colour = (0.05, 0.62, 0.20)


class Distractor(Model):
    """An object that stands on the table to be seen only: nothing collides with it."""

    shape: Literal["box", "cylinder", "sphere", "ellipsoid", "capsule"] = "box"
    size: tuple[Positive, Positive, Positive]
    """m, half sizes; a cylinder uses x as radius and z as half height, a sphere x as radius, a capsule (a pen, lying
    along its x) x as half the length of its straight part and z as radius."""
    position: tuple[Number, Number]
    """m, x y in link_base."""
    yaw: Number = 0.0
    """rad"""
    bottom: Number = 0.0
    """m, height of its underside: things may stand on each other."""
    colour: Colour


class Light(Model):
    """The lamp above the table."""

    position: Vector3 = (0.1, -0.4, 1.5)
    """m, link_base."""
    diffuse: Number = Field(default=0.6, ge=0, le=2)
    colour: Colour = (1.0, 1.0, 1.0)


class Appearance(Model):
    """The default is the demonstrations' green screen. At most one of texture, textures, pattern covers the table."""

    table: Colour | None = None
    """Colour of the table, multiplied with what covers it; None: green if bare, else white."""
    texture: Path | None = None
    """Picture laid over the table."""
    textures: tuple[Path, ...] = ()
    """Pictures of which each episode draws one; in a scene file the name of their folder."""
    pattern: Pattern | None = None
    """Built-in surface."""
    floor: Colour = (0.42, 0.41, 0.40)
    """Around the table."""
    light: Light = Light()
    ambient: Number = Field(default=0.5, ge=0, le=1)
    distractors: tuple[Distractor, ...] = Field(default=(), max_length=MAX_DISTRACTORS)

    @model_validator(mode="after")
    def _one_cover(self) -> Appearance:
        if (self.texture is not None) + bool(self.textures) + (self.pattern is not None) > 1:
            raise ValueError("give one of texture, textures, pattern")
        return self

    def tint(self) -> Colour:
        """Colour that the table's cover is multiplied with."""
        bare = self.texture is None and not self.textures and self.pattern is None
        return self.table or (GREEN if bare else (1.0, 1.0, 1.0))

    def picture(self, seed: int) -> Path | None:
        """The picture on the table in the episode with this seed."""
        if not self.textures:
            return self.texture
        return self.textures[int(np.random.default_rng([seed, 5]).integers(len(self.textures)))]
