"""Procedural backgrounds: what stands behind the task's objects in a training image.

They need not look like anything: their only purpose is that nothing but the objects stays the same. (The paper draws
them from RoboEngine, a generative model.)
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


def procedural_backgrounds(count: int, size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Random images, (count, size, size, 3)."""
    kinds: list[Callable[[int, np.random.Generator], Image]] = [_noise, _noise, _gradient, _stripes, _patches]
    images = [kinds[rng.integers(len(kinds))](size, rng) for _ in range(count)]
    return np.stack([(image * 255).clip(0, 255).astype(np.uint8) for image in images])


def _noise(size: int, rng: np.random.Generator) -> Image:
    """Value noise: random grids of growing fineness, blown up and summed, between two colours."""
    height = np.zeros((size, size), np.float32)
    cells, weight, roughness = int(rng.integers(2, 6)), 1.0, rng.uniform(0.3, 0.9)
    while cells <= size // 2:
        grid = rng.random((cells, cells), dtype=np.float32)
        height += weight * cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC)
        cells, weight = cells * 2, weight * roughness
    height = (height - height.min()) / (np.ptp(height) + 1e-6)
    return _blend(height, rng)


def _gradient(size: int, rng: np.random.Generator) -> Image:
    return _blend((_ramp(size, rng) + 1) / 2, rng)


def _stripes(size: int, rng: np.random.Generator) -> Image:
    wave = np.sin(_ramp(size, rng) * rng.uniform(6, 60))
    return _blend((np.tanh(wave * rng.uniform(1, 8)) + 1) / 2, rng)


def _patches(size: int, rng: np.random.Generator) -> Image:
    """Filled boxes and ellipses over a gradient: clutter on a table."""
    image = np.ascontiguousarray(_gradient(size, rng))
    for _ in range(rng.integers(3, 25)):
        x, y = (int(v) for v in rng.integers(0, size, 2))
        w, h = (int(v) for v in rng.integers(size // 32, size // 3, 2))
        colour = tuple(float(v) for v in rng.random(3))
        if rng.random() < 0.5:
            cv2.rectangle(image, (x, y), (x + w, y + h), colour, -1)
        else:
            cv2.ellipse(image, (x, y), (w // 2, h // 2), float(rng.uniform(0, 180)), 0, 360, colour, -1)
    return image


def _ramp(size: int, rng: np.random.Generator) -> Image:
    """A plane falling in a random direction, about -1 .. 1."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j].astype(np.float32)
    return np.asarray(x * np.cos(angle) + y * np.sin(angle), dtype=np.float32)


def _blend(share: NDArray[np.floating], rng: np.random.Generator) -> Image:
    first, second = rng.random((2, 3), dtype=np.float32)
    return np.asarray(first + share[..., None] * (second - first), dtype=np.float32)
