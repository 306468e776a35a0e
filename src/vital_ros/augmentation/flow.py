"""Tracking without a neural network: masks ride on the optical flow, GrabCut redraws their common outline.

Flow alone drifts. Every frame the pixels near the outline are decided anew by colour, against the colours of the first
frame and of the frame itself; the objects then share what was found to be in front.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from vital_ros.augmentation.cut import BACK, FRONT, MAYBE_BACK, MAYBE_FRONT, Cut, fitted, in_front, resized
from vital_ros.augmentation.interfaces import Image, Mask
from vital_ros.augmentation.screen import with_islands

WORK_SIZE = 160
"""px, long side at which the outline is drawn: the policy sees no finer ones, and the time goes with the pixels."""
BAND = 0.02
"""Half width of what is decided anew, of the frame's width."""
BINS = 16
"""Of red, green and blue, in which colours are counted."""
RATIO, RARE = 8.0, 1e-4
"""How much commoner, and how common, a colour has to be behind the objects to be told by."""
ITERATIONS = 1
"""Of GrabCut a frame; its colour models go on from the frame before."""


class FlowTracker:
    """A `Tracker` for few objects before a background that looks other than they do."""

    def track(self, frames: Sequence[Image], first: list[Mask]) -> Iterator[list[Mask]]:
        shape, zoom = frames[0].shape[:2], WORK_SIZE / max(frames[0].shape[:2])
        image = resized(frames[0], zoom)
        masks = [fitted(mask, image.shape) for mask in first]
        masks = _shared(with_islands(image, _union(masks)), masks)
        yield [mask | fitted(grown, shape) for mask, grown in zip(first, masks, strict=True)]
        outline = _Outline(image, _union(masks))
        flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        grey = _grey(image)
        for frame in frames[1:]:
            image = resized(frame, zoom)
            before, grey = grey, _grey(image)
            back = flow.calc(grey, before, cast(Any, None))  # where every pixel was
            carried = [_carried(mask, back) for mask in masks]
            masks = _shared(with_islands(image, outline.redraw(image, _union(carried))), carried)
            yield [fitted(mask, shape) for mask in masks]


class _Outline:
    """The boundary between front and back, with the colours of both."""

    def __init__(self, image: Image, front: Mask):
        self._first, self._front = image, front
        self._cut = Cut()
        self._colours = _Colours(image, front)
        size = 2 * max(1, round(BAND * image.shape[1])) + 1
        self._kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))

    def redraw(self, image: Image, guess: Mask) -> Mask:
        """The front near `guess`. The first frame stands beside the present one, all its pixels decided."""
        inside = cv2.erode(guess.astype(np.uint8), self._kernel, borderValue=1) > 0
        outside = cv2.dilate(guess.astype(np.uint8), self._kernel) == 0
        labels = np.where(guess, MAYBE_FRONT, MAYBE_BACK).astype(np.uint8)
        labels[inside], labels[outside] = FRONT, BACK
        labels[inside & self._colours.of_the_back(image)] = MAYBE_BACK  # what is included wrongly must not stay so
        known = np.where(self._front, FRONT, BACK).astype(np.uint8)
        both, marks = np.vstack([image, self._first]), np.vstack([labels, known])
        return in_front(self._cut(both, marks, ITERATIONS)[: len(image)])


class _Colours:
    """The colours that the first frame shows behind the objects."""

    def __init__(self, image: Image, front: Mask):
        front_share, back_share = (self._shares(image, side) for side in (front, ~front))
        self._back = back_share > np.maximum(RATIO * front_share, RARE)

    def of_the_back(self, image: Image) -> Mask:
        """Where a colour is that is seen behind the objects and hardly on them."""
        cells = image // (256 // BINS)
        return np.asarray(self._back[cells[..., 0], cells[..., 1], cells[..., 2]])

    @staticmethod
    def _shares(image: Image, side: Mask) -> NDArray[np.float64]:
        """Of each cell of colours and its neighbours among the pixels of one side."""
        counts, _ = np.histogramdd(image[side], bins=BINS, range=[(0, 256)] * 3)
        return gaussian_filter(counts / max(1, int(side.sum())), 0.7)


def _grey(image: Image) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _union(masks: list[Mask]) -> Mask:
    return np.asarray(np.logical_or.reduce(masks))


def _carried(mask: Mask, back: NDArray[Any]) -> Mask:
    rows, columns = np.indices(mask.shape, dtype=np.float32)
    return np.asarray(
        cv2.remap(mask.astype(np.float32), columns + back[..., 0], rows + back[..., 1], cv2.INTER_LINEAR) >= 0.5
    )


def _shared(front: Mask, carried: list[Mask]) -> list[Mask]:
    """Every pixel of the front to the object that was nearest."""
    away = [cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3) if mask.any()
            else np.full(mask.shape, np.inf, np.float32) for mask in carried]  # fmt: skip
    owner = np.argmin(away, axis=0)
    return [np.asarray(front & (owner == index)) for index in range(len(carried))]
