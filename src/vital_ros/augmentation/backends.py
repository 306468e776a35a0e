"""The pipeline's stages by name: those that need no network at once, neural ones when their packages are there."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from vital_ros.augmentation.flow import FlowTracker
from vital_ros.augmentation.grabcut import GrabCutSegmenter
from vital_ros.augmentation.interfaces import Correspondence, Segmenter, Tracker
from vital_ros.augmentation.options import checked_options
from vital_ros.augmentation.sift import SiftCorrespondence
from vital_ros.config.base import ConfigError

OFFLINE: dict[str, type] = {"sift": SiftCorrespondence, "grabcut": GrabCutSegmenter, "flow": FlowTracker}
NAMES = {
    "correspondence": ("sift", "dift", "dinov2", "xfeat"),
    "segmenter": ("grabcut", "sam2"),
    "tracker": ("flow", "sam2_video", "cutie", "xmem"),
}
"""Of each stage, the default first."""


def make_correspondence(name: str, model: str | None = None, /, **options: Any) -> Correspondence:
    """Raise ConfigError for an unknown name or option, MissingExtra when packages or weights are not here."""
    made: Correspondence = _make("correspondence", name, model, options)
    return made


def make_segmenter(name: str, model: str | None = None, /, **options: Any) -> Segmenter:
    """Raise as make_correspondence."""
    made: Segmenter = _make("segmenter", name, model, options)
    return made


def make_tracker(name: str, model: str | None = None, /, **options: Any) -> Tracker:
    """Raise as make_correspondence."""
    made: Tracker = _make("tracker", name, model, options)
    return made


def _make(stage: str, name: str, model: str | None, options: dict[str, Any]) -> Any:
    if name not in NAMES[stage]:
        raise ConfigError(f"--{stage} {name}: it should be one of {', '.join(NAMES[stage])}")
    if name in OFFLINE and model is not None:
        raise ConfigError(f"--{stage}-model {model}: {name} has no weights")
    make = OFFLINE.get(name) or import_module(f"vital_ros.augmentation.neural.{name}").make
    given = checked_options(f"--{stage}-option", name, make, options)
    return make(**given) if name in OFFLINE else make(model, **given)
