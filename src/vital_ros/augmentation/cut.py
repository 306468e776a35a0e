"""GrabCut, as segmenter and tracker both use it: labels in, labels out, colour models kept between calls."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.augmentation.interfaces import Image, Mask

Labels = NDArray[np.uint8]
"""(H, W): BACK and FRONT are certain, MAYBE_BACK and MAYBE_FRONT are to be decided."""
BACK, FRONT, MAYBE_BACK, MAYBE_FRONT = cv2.GC_BGD, cv2.GC_FGD, cv2.GC_PR_BGD, cv2.GC_PR_FGD


class Cut:
    """Two mixtures of Gaussians, of the colours before and behind, learned from all pixels of every call."""

    def __init__(self) -> None:
        self._back, self._front = np.zeros((1, 65)), np.zeros((1, 65))
        self._new = True

    def __call__(self, image: Image, labels: Labels, iterations: int) -> Labels:
        """The labels after some more iterations; certain ones stay. The same calls give the same labels."""
        decided = labels.copy()
        mode = cv2.GC_INIT_WITH_MASK if self._new else cv2.GC_EVAL
        cv2.setRNGSeed(0)
        cv2.grabCut(image, decided, cast(Any, None), self._back, self._front, iterations, mode)
        self._new = False
        return decided


def in_front(labels: Labels) -> Mask:
    return np.asarray((labels == FRONT) | (labels == MAYBE_FRONT))


def resized(image: Image, zoom: float) -> Image:
    """A picture by a factor."""
    kind = cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=kind), dtype=np.uint8)


def fitted(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """A mask in another size (H, W): what is covered by half or more."""
    kind = cv2.INTER_AREA if mask.shape[0] > shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(mask.astype(np.float32), shape[1::-1], interpolation=kind) >= 0.5)
