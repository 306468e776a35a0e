"""One episode of the replay as a file: what was seen, done and measured, in its order; never changed afterwards.

T actions lie between T + 1 observations: the last one is what the last action led to. Rewards are not kept, but what
they are made of: they follow from the distances, the ending and the label, whose correction must not touch this file.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from vital_ros.config.base import Model
from vital_ros.policy.actions import ACTION_SIZE

SUFFIX = ".safetensors"


class ReplayError(ValueError):
    """An episode that cannot be kept or read; one line."""


class EpisodeFacts(Model):
    """What is known of an episode as a whole."""

    name: str
    contract: str
    """What the features and base actions are of: equal for all episodes that one learner may use."""
    demonstration: bool = False
    terminated: bool
    """By success or failure; False: cut off, by the time limit or a person."""
    success: bool | None = None
    """The label it was given first; None: nobody has judged it."""
    explored: bool = True
    """Played to learn from it, with noise."""
    seed: int = -1


@dataclass(frozen=True)
class ReplayEpisode:
    """Views of one episode's arrays, all read-only.

    Raises:
        ReplayError: arrays that do not fit each other, are empty or not finite.
    """

    facts: EpisodeFacts
    z_image: NDArray[np.float16]
    """(K, T + 1, features): of every frame as it was, and before K - 1 other backgrounds, one for the whole episode."""
    z_touch: NDArray[np.float16]
    """(T + 1, features), 0 features for a policy without touch."""
    a_base: NDArray[np.float32]
    """(T + 1, 7), physical, of the base policy, as it said it."""
    a_res: NDArray[np.float32]
    """(T, 7), physical, what was added."""
    distance: NDArray[np.float32]
    """(T,), m, L1 distance to the goal after each action."""

    def __post_init__(self) -> None:
        length = len(self.a_res)
        shapes = {
            "z_image": (*self.z_image.shape[:1], length + 1, *self.z_image.shape[2:]),
            "z_touch": (length + 1, *self.z_touch.shape[1:]),
            "a_base": (length + 1, ACTION_SIZE),
            "a_res": (length, ACTION_SIZE),
            "distance": (length,),
        }
        for key, shape in shapes.items():
            array = getattr(self, key)
            if array.shape != shape or array.ndim != len(shape):
                raise ReplayError(f"{key} is {array.shape}, {shape} is needed for {length} actions")
            if not np.isfinite(array).all():
                raise ReplayError(f"{key} is not finite")
            array.flags.writeable = False
        if not length or not len(self.z_image) or self.z_image.ndim != 3 or self.z_touch.ndim != 2:
            raise ReplayError("it has no actions or no features")

    def __len__(self) -> int:
        return len(self.a_res)

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Views, features of the image and of the touch."""
        return len(self.z_image), self.z_image.shape[2], self.z_touch.shape[1]


ARRAYS = {"z_image": "float16", "z_touch": "float16", "a_base": "float32", "a_res": "float32", "distance": "float32"}


def write_episode(folder: Path, episode: ReplayEpisode) -> Path:
    """Append an episode: on the disk, and visible as a whole, when this returns.

    Raises:
        ReplayError: there is one of that name already.
        OSError: it cannot be written, such as on a full disk; nothing is left behind.
    """
    path = folder / f"{episode.facts.name}{SUFFIX}"
    if path.exists():
        raise ReplayError(f"{path} exists already; episodes are never replaced")
    partial = folder / f".{path.name}.partial"
    facts: dict[str, Any] = episode.facts.model_dump(mode="json")
    arrays = {key: np.ascontiguousarray(getattr(episode, key), dtype=dtype) for key, dtype in ARRAYS.items()}
    try:
        with partial.open("wb") as file:
            file.write(save(arrays, {"facts": json.dumps(facts)}))
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(folder)
    return path


def read_episode(path: Path) -> ReplayEpisode:
    """Raise ReplayError when the file is damaged."""
    try:
        with safe_open(path, "np") as file:
            facts = EpisodeFacts.model_validate(json.loads(file.metadata()["facts"]))
            arrays = {key: file.get_tensor(key) for key in ARRAYS}
        if wrong := [key for key, dtype in ARRAYS.items() if arrays[key].dtype != dtype]:
            raise ReplayError(f"{wrong[0]} is {arrays[wrong[0]].dtype}, not {ARRAYS[wrong[0]]}")
        if facts.name != path.name.removesuffix(SUFFIX):
            raise ReplayError(f"it says it is {facts.name}")
        return ReplayEpisode(facts, **arrays)
    except (SafetensorError, OSError, KeyError, TypeError) as error:
        raise ReplayError(f"{path}: left out, damaged ({error})") from None
    except ValidationError as error:
        raise ReplayError(f"{path}: left out, {error.errors()[0]['msg']}") from None
    except ValueError as error:
        raise ReplayError(f"{path}: left out, {error}") from None


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
