"""Built-in tables for evaluation: structured surfaces as a workshop or a kitchen has them.

For evaluation only. Training images get the backgrounds of augmentation/surfaces.py; the two share no code and look
unlike each other, so that a policy is judged on surfaces it has never seen the like of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vital_ros.config.base import Model, Positive
from vital_ros.sim.colour import Colour

Surface = NDArray[np.float32]
"""Colours 0..1, (n, n, 3)."""


class Pattern(Model):
    """A surface; equal patterns are drawn equal."""

    kind: Literal["planks", "tiles", "weave", "marble", "terrazzo"]
    colours: tuple[Colour, Colour]
    """The two that dominate: planks' lightest and darkest, tiles, warp and weft, ground and veins or chips."""
    size: Positive
    """m: width of a plank, edge of a tile, width of a band of threads, distance of veins, largest chip."""
    seed: int = Field(default=0, ge=0)

    def draw(self, pixels: int, extent: float) -> NDArray[np.uint8]:
        """A square of `extent` m as an RGB picture, (pixels, pixels, 3)."""
        rng = np.random.default_rng([self.seed, 4091])
        first, second = np.array(self.colours, np.float32)
        surface = _KINDS[self.kind](pixels, self.size * pixels / extent, first, second, rng)
        return np.asarray((surface * 255).clip(0, 255), dtype=np.uint8)


def _planks(n: int, width: float, light: Surface, dark: Surface, rng: np.random.Generator) -> Surface:
    """Boards along x with grain, each of its own shade, butted at random places."""
    y, x = np.mgrid[0:n, 0:n].astype(np.float32)
    row = (y / width).astype(int)
    length = 7 * width
    joint = rng.uniform(0, length, row.max() + 1)[row]
    along = x + joint
    board = (along / length).astype(int)
    shade = rng.uniform(0.1, 0.8, (row.max() + 1, board.max() + 1))[row, board]
    phase = rng.uniform(0, 40, (row.max() + 1, board.max() + 1))[row, board]
    bend = 0.35 * width * np.sin(along / (3 * width) + phase)
    grain = 0.5 + 0.5 * np.sin(2 * np.pi * (y + bend) / (0.13 * width) + phase)
    gap = (y % width < 1.2) | (along % length < 1.2)
    share = np.where(gap, 1.6, shade + 0.25 * grain)[..., None]
    return np.asarray(light + share * (dark - light), dtype=np.float32)


def _tiles(n: int, edge: float, first: Surface, second: Surface, rng: np.random.Generator) -> Surface:
    """A chequerboard with grout; no two tiles have quite the same shade."""
    y, x = np.mgrid[0:n, 0:n].astype(np.float32)
    row, column = (y / edge).astype(int), (x / edge).astype(int)
    surface = np.where(((row + column) % 2 == 0)[..., None], first, second)
    surface = surface * rng.uniform(0.85, 1.1, (row.max() + 1, column.max() + 1))[row, column][..., None]
    grout = (y % edge < 0.05 * edge) | (x % edge < 0.05 * edge)
    surface[grout] = 0.45 * (first + second) / 2
    return np.asarray(surface, dtype=np.float32)


def _weave(n: int, band: float, warp: Surface, weft: Surface, rng: np.random.Generator) -> Surface:
    """A plain weave: crossing bands of two colours made of threads that go over and under each other."""
    y, x = np.mgrid[0:n, 0:n].astype(np.float32)
    thread = max(band / 6, 3.0)
    over = ((x / thread).astype(int) + (y / thread).astype(int)) % 2 == 0
    stripe_x, stripe_y = ((v / band).astype(int) % 2 == 0 for v in (x, y))
    colours = np.where(over[..., None], _either(stripe_x, warp, weft), _either(stripe_y, warp, weft))
    across = np.where(over, x, y) % thread / thread - 0.5
    relief = 1.05 - 1.2 * across**2 + 0.03 * rng.standard_normal((n, n))
    return np.asarray(colours * relief[..., None], dtype=np.float32)


def _marble(n: int, distance: float, ground: Surface, vein: Surface, rng: np.random.Generator) -> Surface:
    """Veins that come and go where smooth random fields, shaped in the frequency domain, cross zero."""
    field, fine, cloud = (_band_limited(n, length, rng) for length in (distance, distance / 3, 2 * distance))
    strength = (0.5 + 0.6 * cloud).clip(0.05, 1)
    share = strength * (np.exp(-np.abs(field) / 0.06) + 0.4 * np.exp(-np.abs(fine) / 0.05)) + 0.08 * cloud
    return np.asarray(ground + share.clip(0, 1)[..., None] * (vein - ground), dtype=np.float32)


def _terrazzo(n: int, largest: float, ground: Surface, chip: Surface, rng: np.random.Generator) -> Surface:
    """Angular chips of two shades in a ground of one."""
    surface = np.ascontiguousarray(np.broadcast_to(ground, (n, n, 3)), dtype=np.float32)
    for _ in range(int(1.2 * (n / largest) ** 2)):
        corners = int(rng.integers(4, 7))
        angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
        radius = largest / 2 * rng.uniform(0.3, 1.0) * rng.uniform(0.7, 1.0, corners)
        points = rng.uniform(0, n, 2) + np.column_stack([np.cos(angles), np.sin(angles)]) * radius[:, None]
        colour = (chip if rng.random() < 0.7 else 0.5 * (ground + chip)) * rng.uniform(0.8, 1.1)
        cv2.fillConvexPoly(surface, points.round().astype(np.int32), [float(v) for v in colour])
    return surface


def _either(which: NDArray[np.bool_], first: Surface, second: Surface) -> Surface:
    return np.where(which[..., None], first, second)


def _band_limited(n: int, wavelength: float, rng: np.random.Generator) -> Surface:
    """Gaussian field of unit variance with structure around `wavelength` px."""
    frequency = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.rfftfreq(n)[None])
    window = np.exp(-((np.log(frequency.clip(1e-6) * wavelength) / 0.5) ** 2))
    field = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((n, n))) * window, (n, n))
    return np.asarray(field / field.std(), dtype=np.float32)


_KINDS: dict[str, Callable[[int, float, Surface, Surface, np.random.Generator], Surface]] = {
    "planks": _planks,
    "tiles": _tiles,
    "weave": _weave,
    "marble": _marble,
    "terrazzo": _terrazzo,
}
