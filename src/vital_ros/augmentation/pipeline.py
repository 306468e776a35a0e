"""From key points on one frame to masks of a folder of demonstrations."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vital_ros.augmentation.annotation import Reference
from vital_ros.augmentation.backends import NAMES, make_correspondence, make_segmenter, make_tracker
from vital_ros.augmentation.first_frame import find_objects
from vital_ros.augmentation.frames import read_frames, read_truth
from vital_ros.augmentation.interfaces import Correspondence, Image, Mask, Segmenter, Tracker
from vital_ros.augmentation.lost import LostTrack, TrackChecks
from vital_ros.augmentation.masks import EpisodeMasks, MaskError, bag_digest, mask_file, read_masks, save_masks
from vital_ros.bags import EpisodeReader

MOMENTS = 4
"""Frames of a demonstration on the contact sheet."""
VERSION = 3
"""Of what the pipeline makes: masks of an older one are made anew."""


@dataclass(frozen=True)
class Settings:
    """All that masks depend on beside the recording."""

    reference: Reference
    correspondence: str = "sift"
    segmenter: str = "grabcut"
    tracker: str = "flow"
    models: tuple[str | None, str | None, str | None] = (None, None, None)
    """Weights of the three, where they have any."""
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By stage, settings of its backend that are not the default."""

    def digest(self) -> str:
        said = [VERSION, self.reference.annotation.model_dump(mode="json"), *self.backends().items()]
        return hashlib.sha256(json.dumps(said).encode() + self.reference.image.tobytes()).hexdigest()

    def names(self) -> tuple[str, str, str]:
        return self.correspondence, self.segmenter, self.tracker

    def backends(self) -> dict[str, str]:
        """By stage, with its weights and options."""
        said = {}
        for stage, name, model in zip(NAMES, self.names(), self.models, strict=True):
            options = sorted(self.options.get(stage, {}).items())
            more = [*([] if model is None else [model]), *(f"{key}={value}" for key, value in options)]
            said[stage] = f"{name} ({', '.join(more)})" if more else name
        return said


@dataclass(frozen=True)
class Stages:
    """The backends, ready to work."""

    correspondence: Correspondence
    segmenter: Segmenter
    tracker: Tracker

    @classmethod
    def make(cls, settings: Settings) -> Stages:
        """Raise ConfigError."""
        (first, second, third), options = settings.models, settings.options
        return cls(
            make_correspondence(settings.correspondence, first, **options.get("correspondence", {})),
            make_segmenter(settings.segmenter, second, **options.get("segmenter", {})),
            make_tracker(settings.tracker, third, **options.get("tracker", {})),
        )


@dataclass
class EpisodeResult:
    """What became of one demonstration."""

    name: str
    frames: int
    flagged: str = ""
    """Why its masks may not be used; empty: they may."""
    objects: dict[str, dict[str, float]] = field(default_factory=dict)
    """By name: points found and asked for, confidence, smallest and largest area in px."""
    seconds: float = 0.0
    """CPU."""
    kept: bool = False
    """The masks were there already."""
    iou: NDArray[np.float64] | None = None
    """(n,), of each frame, against the simulator's own masks."""
    pictures: list[tuple[Image, Mask]] = field(default_factory=list)
    """Frames of a few moments with their masks."""


def process_episode(folder: Path, settings: Settings, stages: Stages, truth: bool = False) -> EpisodeResult:
    """Make one demonstration's masks and write them, unless they are there; flagged ones are not written.

    Raises:
        EpisodeError: a recording that cannot be read, or without the streams.
    """
    start = time.process_time()
    episode = EpisodeReader(folder)
    stamps, frames = read_frames(episode)
    path, bag = mask_file(folder.parent, folder.name), bag_digest(folder)
    result = EpisodeResult(folder.name, len(frames))
    masks = _made_before(path, bag, settings.digest())
    if masks is not None:
        result.kept = True
    else:
        masks, result.flagged, result.objects = follow(frames, settings.reference, stages)
        if result.flagged:
            path.unlink(missing_ok=True)
        else:
            save_masks(path, EpisodeMasks(stamps, masks, bag, settings.digest()))
    if truth and len(masks) == len(frames):
        result.iou = score(masks, read_truth(episode, stamps))
    for index in np.linspace(0, max(0, len(masks) - 1), MOMENTS).round().astype(int):
        result.pictures.append((frames[index], masks[index] if len(masks) else np.zeros(frames[0].shape[:2], bool)))
    result.seconds = time.process_time() - start
    return result


def follow(
    frames: list[Image], reference: Reference, stages: Stages
) -> tuple[NDArray[np.bool_], str, dict[str, dict[str, float]]]:
    """Masks (n, H, W) of all objects together, why they are flagged (or ""), and facts about every object.

    Where the track is lost the masks end.
    """
    masks: list[Mask] = []
    facts: dict[str, dict[str, float]] = {}
    flagged = ""
    try:
        objects = find_objects(stages.correspondence, stages.segmenter, reference, frames[0])
        checks = TrackChecks([o.name for o in objects], [o.points for o in objects])
        facts = {
            o.name: {"points": len(o.points), "of": o.asked, "confidence": round(o.confidence, 3)} for o in objects
        }
        track = stages.tracker.track(frames, [o.mask for o in objects])
        for frame, tracked in zip(frames, track, strict=True):
            masks.append(np.logical_or.reduce(tracked))
            for known, area in zip(facts.values(), (int(mask.sum()) for mask in tracked), strict=True):
                known["smallest"] = min(known.get("smallest", area), area)
                known["largest"] = max(known.get("largest", area), area)
            checks.see(frame, tracked)
    except LostTrack as lost:
        flagged = str(lost)
    return np.array(masks, dtype=bool).reshape(-1, *frames[0].shape[:2]), flagged, facts


def score(masks: NDArray[np.bool_], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Intersection over union of each frame, (n,)."""
    both, either = (masks & truth).sum(axis=(1, 2)), (masks | truth).sum(axis=(1, 2))
    return np.asarray(both / np.maximum(either, 1), dtype=np.float64)


def _made_before(path: Path, bag: str, settings: str) -> NDArray[np.bool_] | None:
    try:
        made = read_masks(path)
    except MaskError:
        return None
    return made.masks if (made.bag, made.settings) == (bag, settings) else None
