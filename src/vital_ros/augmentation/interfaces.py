"""What the stages of the augmentation pipeline promise each other; every backend implements one of these.

Frames are the camera's, raw and unrectified, of any size. Points are pixels (x to the right, y down), the centre of
the top left pixel is (0, 0).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""RGB, (H, W, 3)."""
Mask = NDArray[np.bool_]
"""True on the object, (H, W)."""
Points = NDArray[np.float64]
"""px, (n, 2)."""


@dataclass(frozen=True)
class Transfer:
    """Where points of a reference frame are in another one."""

    points: Points
    """(n, 2), in the new frame; of no meaning where the confidence is below the backend's threshold."""
    confidence: NDArray[np.float64]
    """(n,), 0 .. 1; comparable within one backend only."""


class Correspondence(Protocol):
    """Finds the same places of the same kinds of objects in two frames."""

    threshold: float
    """Confidence below which a point counts as not found."""

    def transfer(self, reference: Image, points: Points, frame: Image) -> Transfer:
        """Points of `reference`, (n, 2), in `frame`; the frames may differ in size."""
        ...


@dataclass(frozen=True)
class Segmentation:
    """One object in one frame."""

    mask: Mask
    confidence: float
    """0 .. 1, the backend's own."""


class Segmenter(Protocol):
    """Finds the extent of one object from points on it."""

    def segment(self, image: Image, points: Points, negative: Points) -> Segmentation:
        """The object under `points` (n, 2), without what lies under `negative` (m, 2), which may be empty."""
        ...


class Tracker(Protocol):
    """Follows objects from their masks in the first frame."""

    def track(self, frames: Sequence[Image], first: list[Mask]) -> Iterator[list[Mask]]:
        """The objects' masks in every frame, one list a frame in the order of `first`, the first frame included."""
        ...
