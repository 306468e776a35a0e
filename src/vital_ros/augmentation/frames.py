"""The wrist pictures of a demonstration."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vital_ros.augmentation.interfaces import Image
from vital_ros.bags import EpisodeError, EpisodeReader
from vital_ros.bags import messages as m
from vital_ros.config.base import ConfigError

TOPIC = "/wrist_camera/image_raw"
TRUTH_TOPIC = "/sim/wrist_mask"


def read_frames(episode: EpisodeReader) -> tuple[NDArray[np.int64], list[Image]]:
    """Stamps in ns, (n,), and the raw frames, RGB. Raise EpisodeError when there is none or one is unreadable."""
    stream = episode.images(TOPIC)
    if not stream.messages:
        raise EpisodeError(f"{episode.directory}: {TOPIC} is empty")
    return stream.stamps_ns, [_picture(episode, TOPIC, message) for message in stream.messages]


def read_truth(episode: EpisodeReader, stamps: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The simulator's own masks, (n, H, W). Raise EpisodeError when they are missing or of other frames."""
    stream = episode.images(TRUTH_TOPIC)
    if not np.array_equal(stream.stamps_ns, stamps):
        raise EpisodeError(f"{episode.directory}: {TRUTH_TOPIC} does not carry the stamps of {TOPIC}")
    return np.stack([_picture(episode, TRUTH_TOPIC, message) for message in stream.messages]) > 127


def frame_of(demos: Path, name: str, number: int) -> Image:
    """One frame; raise EpisodeError, or ConfigError when the episode has no such frame."""
    episode = EpisodeReader(demos / name)
    messages = episode.images(TOPIC).messages
    if not 0 <= number < len(messages):
        raise ConfigError(f"{demos / name}: frame {number}: it should be 0 to {len(messages) - 1}")
    return _picture(episode, TOPIC, messages[number])


def _picture(episode: EpisodeReader, topic: str, message: object) -> NDArray[np.uint8]:
    try:
        return np.ascontiguousarray(m.image_array(message))
    except ValueError as error:
        raise EpisodeError(f"{episode.directory}: {topic}: {error}") from None
