"""Where the foreground of a demonstration's frames comes from: the pipeline's masks, or the simulator's own."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vital_ros.augmentation.composite import soften
from vital_ros.augmentation.masks import load_masks
from vital_ros.bags import EpisodeError, EpisodeReader
from vital_ros.bags import messages as m
from vital_ros.learning.episode_samples import AlphaSource
from vital_ros.observation import ObservationSpec, preprocess_mask

Masks = Literal["pipeline", "truth"]


def pipeline_alpha(episode: EpisodeReader, stamps_ns: NDArray[np.int64], spec: ObservationSpec) -> NDArray[np.uint8]:
    """As `./vital masks` found it. Raise MaskError."""
    masks = load_masks(episode.directory.parent, episode.directory.name, stamps_ns)
    return np.stack([soften(preprocess_mask(mask, spec)) for mask in masks])


def true_alpha(episode: EpisodeReader, stamps_ns: NDArray[np.int64], spec: ObservationSpec) -> NDArray[np.uint8]:
    """As the simulator knows it, for comparison: a real recording has none. Raise EpisodeError."""
    stream = episode.images("/sim/wrist_mask")
    rows = np.searchsorted(stream.stamps_ns, stamps_ns).clip(max=len(stream.stamps_ns) - 1)
    if not len(stream.stamps_ns) or not np.array_equal(stream.stamps_ns[rows], stamps_ns):
        raise EpisodeError(f"{episode.directory}: /sim/wrist_mask does not carry the stamps of /wrist_camera/image_raw")
    return np.stack([soften(preprocess_mask(m.image_array(stream.messages[i]), spec)) for i in rows])


SOURCES: dict[Masks, AlphaSource] = {"pipeline": pipeline_alpha, "truth": true_alpha}
