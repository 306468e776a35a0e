"""Backgrounds: what stands behind the task's objects in a training image.

Surfaces with clutter on them under a random light, made up on the spot, or cut from a folder of pictures
(`textures.py`), which a generative model may have made. Only the background is lit and littered, never hand or objects.
"""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.augmentation.interfaces import Image
from vital_ros.augmentation.surfaces import Surface, blend, colour, fractal, ramp, random_surface


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
        return pixels(lit(surface, rng))


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


def lit(surface: NDArray[np.floating], rng: np.random.Generator) -> Surface:
    """Under a coloured light from one side, brighter or darker as a whole."""
    size = len(surface)
    side = 1 + rng.uniform(0, 0.4) * ramp(size, rng)
    tint = 1 + 0.15 * rng.uniform(-1, 1, 3)
    return np.asarray(surface * side[..., None] * tint * rng.uniform(0.5, 1.15), dtype=np.float32)


def pixels(surface: Surface) -> Image:
    """Colours 0 .. 1 to 0 .. 255."""
    return np.asarray((surface * 255).clip(0, 255), dtype=np.uint8)
