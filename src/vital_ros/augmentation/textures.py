"""Backgrounds from a folder of pictures: photographs, or what `./vital backgrounds` has made."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vital_ros.augmentation.backgrounds import Source, lit, pixels
from vital_ros.augmentation.interfaces import Image
from vital_ros.config.base import ConfigError

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")
SMALLEST_CUT = 0.4
"""Share of a picture's shorter side that is cut out of it at least."""
SIDE = 512
"""px, of the pictures that are made: what Stable Diffusion was trained with."""


class Textures:
    """A `Source`: random cuts of a folder's pictures, in any turn and light, never enlarged."""

    def __init__(self, folder: Path):
        """Look for pictures in the folder and below; raise ConfigError when there is none."""
        if not folder.is_dir():
            raise ConfigError(f"{folder}: there is no such folder of pictures")
        found = (path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
        self._files = sorted(path for path in found if path.is_file() and not path.name.startswith("."))
        if not self._files:
            raise ConfigError(f"{folder}: no picture there ({', '.join(PICTURES)})")
        self._folder = folder

    def draw(self, size: int, rng: np.random.Generator) -> Image:
        """Raise ConfigError when the picture drawn is unreadable, or smaller than `size`."""
        path = self._files[rng.integers(len(self._files))]
        read = _read(path)
        shorter = min(read.shape[:2])
        if shorter < size:
            wrong = f"{read.shape[1]} x {read.shape[0]} px"
            raise ConfigError(f"{path}: {wrong}, it should be at least {size} px on its shorter side")
        side = max(size, round(shorter * rng.uniform(SMALLEST_CUT, 1)))
        top, left = (int(rng.integers(length - side + 1)) for length in read.shape[:2])
        cut = np.rot90(read[top : top + side, left : left + side, ::-1], int(rng.integers(4)))
        surface = cv2.resize(np.ascontiguousarray(cut), (size, size), interpolation=cv2.INTER_AREA)
        return pixels(lit(surface / 255, rng))

    def facts(self) -> dict[str, Any]:
        """What tells these backgrounds from others: folder, number of pictures, SHA-256 of their names and bytes."""
        digest = hashlib.sha256()
        for path in self._files:
            digest.update(f"{path.relative_to(self._folder)} {path.stat().st_size}\n".encode() + path.read_bytes())
        return {"source": self._folder.resolve().name, "pictures": len(self._files), "sha256": digest.hexdigest()}


def write_pictures(folder: Path, name: str, source: Source, numbers: Iterable[int], seed: int) -> int:
    """Draw `<name>_<seed>_<number>.png` for each number, those that are there excepted; returns how many were drawn.

    Each follows from seed and number alone, so that an interrupted run can go on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = 0
    for number in numbers:
        path = folder / f"{name}_{seed}_{number:05d}.png"
        if not path.exists():
            picture = source.draw(SIDE, np.random.default_rng([seed, number]))
            partial = path.with_name(f".{path.name}.partial")
            partial.write_bytes(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())
            os.replace(partial, path)
            drawn += 1
    return drawn


def _read(path: Path) -> Image:
    """BGR, as OpenCV has it."""
    try:
        read = cv2.imread(str(path), cv2.IMREAD_COLOR)
    except cv2.error:  # larger than it allows
        read = None
    if read is None:
        raise ConfigError(f"{path}: not a readable picture")
    return np.asarray(read, dtype=np.uint8)
