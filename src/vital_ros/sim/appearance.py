"""How the cell looks, apart from what it is: data that can be swapped at every reset, or read from a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from vital_ros.config.base import Model, Number, Positive, Vector3, load_yaml
from vital_ros.sim.colour import Colour

MAX_DISTRACTORS = 8

GREEN: Colour = (0.05, 0.62, 0.20)


class Distractor(Model):
    """An object that stands on the table to be seen only: nothing collides with it."""

    shape: Literal["box", "cylinder", "sphere"] = "box"
    size: tuple[Positive, Positive, Positive]
    """m, half sizes; a cylinder uses x as radius and z as half height, a sphere x."""
    position: tuple[Number, Number]
    """m, x y in link_base."""
    yaw: Number = 0.0
    colour: Colour


class Light(Model):
    """The lamp above the table."""

    position: Vector3 = (0.1, -0.4, 1.5)
    """m, link_base."""
    diffuse: Number = Field(default=0.6, ge=0, le=2)


class Appearance(Model):
    """The default is the demonstrations' green screen."""

    table: Colour = GREEN
    """Colour of the table, multiplied with the texture if there is one."""
    texture: Path | None = None
    """Picture laid over the table."""
    light: Light = Light()
    ambient: Number = Field(default=0.5, ge=0, le=1)
    distractors: tuple[Distractor, ...] = Field(default=(), max_length=MAX_DISTRACTORS)

    @classmethod
    def load(cls, path: Path) -> Appearance:
        """Read a YAML file; raise ConfigError."""
        return load_yaml(cls, path)
