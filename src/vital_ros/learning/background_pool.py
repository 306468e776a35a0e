"""The backgrounds of a training: a pool drawn before it begins, and what the run remembers of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vital_ros.augmentation.backgrounds import Procedural, backgrounds
from vital_ros.augmentation.textures import Textures
from vital_ros.learning.state import TrainingError

COUNT = 512
SEED = 0x7E41
"""First word of the training backgrounds' seed; what evaluates shall use another."""
PROCEDURAL = {"source": "procedural"}


def draw_pool(textures: Textures | None, size: int, seed: int) -> NDArray[np.uint8]:
    """Cuts of pictures, or made-up ones, (COUNT, size, size, 3); raise ConfigError for pictures that do not do."""
    return backgrounds(textures or Procedural(), COUNT, size, np.random.default_rng([SEED, seed]))


def pool_facts(textures: Textures | None) -> dict[str, Any]:
    """What the run's saved configuration says of them."""
    return textures.facts() if textures else PROCEDURAL


def check_same(run: str, saved: dict[str, Any], facts: dict[str, Any]) -> None:
    """Raise TrainingError when a run was begun with others; a folder of pictures may have been moved, not changed."""
    if saved.get("sha256") != facts.get("sha256"):
        raise TrainingError(
            f"{run} was begun with backgrounds {_said(saved)}, not {_said(facts)}: continue it with the same "
            "--backgrounds, or choose another --out"
        )


def _said(facts: dict[str, Any]) -> str:
    if "sha256" not in facts:
        return str(facts["source"])
    return f"{facts['source']} ({facts['pictures']} pictures, sha256 {facts['sha256'][:8]})"
