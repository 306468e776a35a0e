"""Random surfaces, without any object: noise, veins, rings, cells, bricks, stripes.

They look like nothing in particular: their only purpose is that nothing but the objects stays the same. None shares
code with the tables that policies are judged on (sim/patterns.py).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Surface = NDArray[np.float32]
"""Colours 0 .. 1, (n, n, 3)."""
Relief = NDArray[np.float32]
"""Values about 0 .. 1, (n, n)."""


def random_surface(size: int, rng: np.random.Generator) -> Surface:
    """One of all kinds, (size, size, 3)."""
    kind = KINDS[rng.integers(len(KINDS))]
    return kind(size, rng)


def noise(size: int, rng: np.random.Generator) -> Surface:
    """Fractal noise between two colours."""
    return blend(fractal(size, rng), rng)


def cloudy(size: int, rng: np.random.Generator) -> Surface:
    """Three colours that run into each other."""
    surface = blend(fractal(size, rng), rng)
    third, share = colour(rng), np.clip(2 * fractal(size, rng) - 0.5, 0, 1)[..., None]
    return np.asarray(surface + share * (third - surface), dtype=np.float32)


def gradient(size: int, rng: np.random.Generator) -> Surface:
    """From one colour to another."""
    return blend((ramp(size, rng) + 1) / 2, rng)


def stripes(size: int, rng: np.random.Generator) -> Surface:
    """Bands across, soft or sharp, straight or bent."""
    bent = ramp(size, rng) + rng.uniform(0, 0.4) * fractal(size, rng)
    wave = np.sin(bent * rng.uniform(6, 60))
    return blend((np.tanh(wave * rng.uniform(1, 8)) + 1) / 2, rng)


def veins(size: int, rng: np.random.Generator) -> Surface:
    """Stone: dark or bright lines where noise crosses its middle."""
    field = np.abs(fractal(size, rng) - 0.5)
    return blend(np.exp(-field * rng.uniform(8, 40)) * fractal(size, rng), rng)


def rings(size: int, rng: np.random.Generator) -> Surface:
    """Wood: disturbed circles around a far centre, drawn out along one side."""
    y, x = grid(size)
    angle, (u, v) = rng.uniform(0, np.pi), rng.uniform(-3, 3, 2)
    along, across = x * np.cos(angle) + y * np.sin(angle) - u, y * np.cos(angle) - x * np.sin(angle) - v
    radius = np.hypot(along * rng.uniform(0.05, 0.4), across) + rng.uniform(0.02, 0.15) * fractal(size, rng)
    return blend(0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(2, 7) * radius), rng)


def cells(size: int, rng: np.random.Generator) -> Surface:
    """Voronoi cells, each of a shade of its own, with or without seams."""
    count = int(rng.integers(6, 60))
    y, x = grid(size)
    places = np.column_stack([x.ravel(), y.ravel()])
    distance, nearest = cKDTree(rng.uniform(-1.2, 1.2, (count, 2))).query(places, k=2)
    shades = rng.random(count)[nearest[:, 0]]
    seam = np.clip((distance[:, 1] - distance[:, 0]) / rng.uniform(0.005, 0.1), 0, 1)
    return blend((shades * seam).reshape(size, size), rng)


def bricks(size: int, rng: np.random.Generator) -> Surface:
    """Rows of blocks, shifted or not, turned anyhow: walls, tiles, a chequered cloth."""
    y, x = turned(size, rng)
    height = rng.uniform(0.1, 0.6)
    width, shift, joint = height * rng.uniform(1, 3), rng.choice([0, 0.5]), rng.uniform(0.02, 0.1) * height
    row = np.floor(y / height).astype(int)
    along = x + row * shift * width
    column = np.floor(along / width).astype(int)
    shades = rng.random((31, 29))[row % 31, column % 29]
    if shift == 0 and rng.random() < 0.5:
        shades = ((row + column) % 2).astype(float)
    gap = (y % height < joint) | (along % width < joint)
    return blend(np.where(gap, 0.5, shades) + 0.15 * fractal(size, rng), rng)


KINDS: list[Callable[[int, np.random.Generator], Surface]] = [
    noise, noise, cloudy, gradient, stripes, veins, rings, cells, bricks,
]  # fmt: skip


def fractal(size: int, rng: np.random.Generator) -> Relief:
    """Value noise of growing fineness, summed: 0 .. 1."""
    height = np.zeros((size, size), np.float32)
    count, weight, roughness = int(rng.integers(2, 6)), 1.0, rng.uniform(0.3, 0.9)
    while count <= size // 2:
        coarse = rng.random((count, count), dtype=np.float32)
        height += weight * cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
        count, weight = count * 2, weight * roughness
    return np.asarray((height - height.min()) / (np.ptp(height) + 1e-6), dtype=np.float32)


def grid(size: int) -> NDArray[np.float32]:
    """Rows and columns from -1 to 1, (2, size, size)."""
    return np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j].astype(np.float32)


def turned(size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """The same, turned by a random angle."""
    y, x = grid(size)
    angle = rng.uniform(0, 2 * np.pi)
    return np.stack([y * np.cos(angle) + x * np.sin(angle), x * np.cos(angle) - y * np.sin(angle)])


def ramp(size: int, rng: np.random.Generator) -> Relief:
    """A plane falling in a random direction, about -1 .. 1."""
    return np.asarray(turned(size, rng)[0], dtype=np.float32)


def colour(rng: np.random.Generator) -> NDArray[np.float32]:
    """Any, (3,)."""
    return rng.random(3, dtype=np.float32)


def blend(share: NDArray[np.floating], rng: np.random.Generator) -> Surface:
    """Between two random colours."""
    first, second = colour(rng), colour(rng)
    return np.asarray(first + share[..., None] * (second - first), dtype=np.float32)
