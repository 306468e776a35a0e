"""When a track may not be believed: every mask of a demonstration goes past these checks."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.augmentation.interfaces import Image, Mask, Points

JUMP = 0.3
"""Share by which the masks' common area may change from one frame to the next."""
LARGEST = 0.75
"""Share of the frame that the objects may cover."""
SMALLEST = 5e-4
"""Share of the frame below which an object counts as gone."""
GONE_FRAMES = 10
"""How many frames in a row an object may be gone, behind the hand."""
STAY = 0.5
"""Share of an object's points that the masks must cover."""
ROUND_TRIP = 1.0
"""px, of a point that is followed forth and back: more, and it is given up."""


class LostTrack(Exception):
    """Masks that must not be used; the message says what happened, and in which frame."""


class TrackChecks:
    """Sees every frame with its masks, in order."""

    def __init__(self, names: list[str], points: list[Points]):
        """points: of each object, in the first frame."""
        self._names = names
        self._points = points
        self._gone = [0] * len(names)
        self._area = 0
        self._frame = -1
        self._grey: NDArray[np.uint8] | None = None

    def see(self, image: Image, masks: list[Mask]) -> None:
        """Raise LostTrack."""
        self._frame += 1
        union = np.logical_or.reduce(masks)
        self._check_area(int(union.sum()), union.size)
        self._check_objects(masks)
        self._follow(image)
        self._check_points(union)

    def _check_area(self, area: int, pixels: int) -> None:
        if area < SMALLEST * pixels:
            raise self._lost("the masks are empty")
        if area > LARGEST * pixels:
            raise self._lost(f"the masks cover {area / pixels:.0%} of the frame")
        if self._area and abs(area - self._area) > JUMP * self._area:
            raise self._lost(f"the masks' area jumps from {self._area} to {area} px")
        self._area = area

    def _check_objects(self, masks: list[Mask]) -> None:
        for index, mask in enumerate(masks):
            self._gone[index] = self._gone[index] + 1 if mask.sum() < SMALLEST * mask.size else 0
            if self._gone[index] > GONE_FRAMES or (self._gone[index] and self._frame == 0):
                raise self._lost(f"{self._names[index]}: its mask is gone")

    def _follow(self, image: Image) -> None:
        """Move the points on; those that optical flow does not bring back are given up."""
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        before, self._grey = self._grey, grey
        if before is None:
            return
        for index, points in enumerate(self._points):
            if len(points) == 0:
                continue
            start = points.astype(np.float32)[:, None]
            moved, there, _ = cv2.calcOpticalFlowPyrLK(before, grey, start, cast(Any, None))
            back, again, _ = cv2.calcOpticalFlowPyrLK(grey, before, moved, cast(Any, None))
            good = (there[:, 0] > 0) & (again[:, 0] > 0) & (np.linalg.norm(back - start, axis=2)[:, 0] < ROUND_TRIP)
            self._points[index] = moved[good, 0].astype(np.float64)

    def _check_points(self, union: Mask) -> None:
        near = cv2.dilate(union.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        for name, points in zip(self._names, self._points, strict=True):
            x, y = points.round().astype(int).T
            inside = (x >= 0) & (y >= 0) & (x < union.shape[1]) & (y < union.shape[0])
            if inside.sum() >= 2 and near[y[inside], x[inside]].mean() < STAY:
                raise self._lost(f"{name}: the masks have left its points")

    def _lost(self, what: str) -> LostTrack:
        return LostTrack(f"frame {self._frame}: {what}")
