"""Backgrounds: what stands behind the task's objects in a training image.

Surfaces with clutter on them under a random light, made up on the spot, or cut from a folder of pictures. (The paper
draws them from RoboEngine, a generative model.) Only the background is lit and littered, never hand or objects.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.augmentation.interfaces import Image, Mask
from vital_ros.augmentation.surfaces import Surface, blend, colour, fractal, ramp, random_surface
from vital_ros.config.base import ConfigError

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")
SMALLEST_CUT = 0.4
"""Share of a picture's shorter side that is cut out of it at least."""


class Source(Protocol):
    """Makes one background after the other."""

    def draw(self, size: int, rng: np.random.Generator) -> Image:
        """RGB, (size, size, 3); the same generator state gives the same picture."""
        ...


class Procedural:
    """Made-up tables."""

    def draw(self, size: int, rng: np.random.Generator) -> Image:
        surface = random_surface(size, rng)
        if rng.random() < 0.6:
            surface = _cluttered(surface, rng)
        if rng.random() < 0.3:
            surface = np.asarray(cv2.GaussianBlur(surface, (0, 0), rng.uniform(0.5, 3)), dtype=np.float32)
        return _pixels(_lit(surface, rng))


class Textures:
    """Random cuts of a folder's pictures, in any turn and light."""

    def __init__(self, folder: Path):
        """Raise ConfigError when the folder holds no picture."""
        self._files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
        if not self._files:
            raise ConfigError(f"{folder}: no picture there ({', '.join(PICTURES)})")

    def draw(self, size: int, rng: np.random.Generator) -> Image:
        """Raise ConfigError when the picture drawn is unreadable."""
        path = self._files[rng.integers(len(self._files))]
        read = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if read is None:
            raise ConfigError(f"{path}: not a readable picture")
        side = max(1, round(min(read.shape[:2]) * rng.uniform(SMALLEST_CUT, 1)))
        top, left = (int(rng.integers(length - side + 1)) for length in read.shape[:2])
        cut = np.rot90(read[top : top + side, left : left + side, ::-1], int(rng.integers(4)))
        surface = cv2.resize(np.ascontiguousarray(cut), (size, size), interpolation=cv2.INTER_AREA)
        return _pixels(_lit(surface / 255, rng))


class Replace:
    """A `BackgroundGenerator` of a source."""

    def __init__(self, source: Source):
        self._source = source

    def __call__(self, rgb: Image, keep: Mask, rng: np.random.Generator) -> Image:
        height, width = rgb.shape[:2]
        drawn = self._source.draw(max(height, width), rng)[:height, :width]
        return np.where(keep[..., None], rgb, drawn)


def backgrounds(source: Source, count: int, size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A pool to draw from, (count, size, size, 3)."""
    return np.stack([source.draw(size, rng) for _ in range(count)])


def procedural_backgrounds(count: int, size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A pool of made-up ones, (count, size, size, 3)."""
    return backgrounds(Procedural(), count, size, rng)


def _cluttered(surface: Surface, rng: np.random.Generator) -> Surface:
    """With things lying about: boxes, discs and anything with corners, each with its shadow, some with a pattern."""
    size = len(surface)
    image = np.ascontiguousarray(surface)
    fall = rng.uniform(-0.05, 0.05, 2) * size
    for _ in range(rng.integers(1, 25)):
        outline = _outline(size, rng)
        shade = np.zeros((size, size), np.float32)
        cv2.fillPoly(shade, [(outline + fall).round().astype(np.int32)], 1.0)
        image *= 1 - rng.uniform(0, 0.6) * cv2.GaussianBlur(shade, (0, 0), 0.01 * size + 0.3)[..., None]
        thing = np.zeros((size, size), np.uint8)
        cv2.fillPoly(thing, [outline.round().astype(np.int32)], 1)
        look = blend(fractal(size, rng), rng) if rng.random() < 0.25 else np.broadcast_to(colour(rng), image.shape)
        image = np.where(thing[..., None] > 0, look, image)
    return np.asarray(image, dtype=np.float32)


def _outline(size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Of a box, a disc or a polygon; px, (corners, 2)."""
    corners = (4, 4, 40, int(rng.integers(3, 9)))[rng.integers(4)]
    around = np.linspace(0, 2 * np.pi, corners, endpoint=False) + rng.uniform(0, 2 * np.pi)
    radius = rng.uniform(0.02, 0.25) * size * (rng.uniform(0.5, 1, corners) if 4 < corners < 40 else 1)
    shape = np.column_stack([np.cos(around), rng.uniform(0.3, 1) * np.sin(around)]) * np.reshape(radius, (-1, 1))
    angle = rng.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(shape @ turn + rng.uniform(0, size, 2), dtype=np.float64)


def _lit(surface: NDArray[np.floating], rng: np.random.Generator) -> Surface:
    """Under a coloured light from one side, brighter or darker as a whole."""
    size = len(surface)
    side = 1 + rng.uniform(0, 0.4) * ramp(size, rng)
    tint = 1 + 0.15 * rng.uniform(-1, 1, 3)
    return np.asarray(surface * side[..., None] * tint * rng.uniform(0.5, 1.15), dtype=np.float32)


def _pixels(surface: Surface) -> Image:
    return np.asarray((surface * 255).clip(0, 255), dtype=np.uint8)
