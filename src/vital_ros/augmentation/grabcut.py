"""Segmentation without a neural network: GrabCut (Rother et al. 2004) seeded by points."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.augmentation.cut import BACK, FRONT, MAYBE_BACK, MAYBE_FRONT, Cut, Labels, fitted, in_front, resized
from vital_ros.augmentation.interfaces import Image, Mask, Points, Segmentation
from vital_ros.augmentation.screen import screen_of

WORK_SIZE = 320
"""px, long side at which the cut is made: a part two pixels wide has an inside then."""
SEED = 0.006
"""Radius around a point that is surely the object, of the width."""
ITERATIONS, SETTLED = 10, 0.97
"""How often colours are learned and the cut is made anew, at most, and the agreement at which it is done."""
HOLE_BACK = 0.02
"""Share of a hole in an object that may be known background if it is to be filled."""
SIDE = 3
"""px, of the enlarged picture, that are looked at on either side of an outline."""
CLEAR = 15.0
"""Difference of colours (CIELAB) at which an outline is beyond doubt."""


class GrabCutSegmenter:
    """A `Segmenter`. With `screen`, a colour that fills much of the frame is taken for a chroma-key screen."""

    def __init__(self, screen: bool = True):
        self._screen = screen

    def segment(self, image: Image, points: Points, negative: Points) -> Segmentation:
        """Confidence: how little the last iteration changed the mask, times how clear the points' outlines are."""
        zoom = WORK_SIZE / max(image.shape[:2])
        large = resized(image, zoom)
        radius = max(1, round(SEED * large.shape[1]))
        front, back = (_discs(large.shape[:2], zoom * (p + 0.5) - 0.5, radius) for p in (points, negative))
        back &= ~front
        screen = screen_of(large) if self._screen else None
        if screen is not None and screen[front].mean() > 0.5:
            screen = None  # the object itself is of that colour
        cut, labels = Cut(), _first_guess(large, front, back, screen)
        mask, settled = front, 0.0
        if in_front(labels).all():  # all looks like the object, and nothing is known to be background
            return Segmentation(np.zeros(image.shape[:2], dtype=bool), 0.0)
        for _ in range(ITERATIONS):
            labels = cut(large, labels, 1)
            mask, before = _at_points(in_front(labels), front), mask
            settled = (mask & before).sum() / max(1, int((mask | before).sum()))
            if settled > SETTLED:
                break
        mask = _without_holes(mask, back if screen is None else back | screen)
        clear = _clearness(large, mask, zoom * (points + 0.5) - 0.5)
        return Segmentation(fitted(mask, image.shape), float(settled * clear))


def _discs(shape: tuple[int, ...], centres: Points, radius: int) -> Mask:
    canvas = np.zeros(shape[:2], np.uint8)
    for x, y in centres.round().astype(int):
        cv2.circle(canvas, (int(x), int(y)), radius, 1, -1)
    return canvas > 0


def _first_guess(image: Image, front: Mask, back: Mask, screen: Mask | None) -> Labels:
    """Every pixel to the side whose seeds are nearest in colour; a screen is background."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    nearest = [_distance(lab, lab[seeds]) for seeds in (front, back | screen if screen is not None else back)]
    labels = np.where(nearest[0] < nearest[1], MAYBE_FRONT, MAYBE_BACK).astype(np.uint8)
    if screen is not None:
        labels[screen] = MAYBE_BACK
    labels[front], labels[back] = FRONT, BACK
    return labels


def _distance(lab: NDArray[np.float32], seeds: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of every pixel's colour to the nearest of some cluster centres of the seeds."""
    if len(seeds) == 0:
        return np.full(lab.shape[:2], 60.0, np.float32)
    count = min(16, len(seeds))
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    cv2.setRNGSeed(0)
    _, _, centres = cv2.kmeans(
        seeds[:: 1 + len(seeds) // 20000], count, cast(Any, None), criteria, 1, cv2.KMEANS_PP_CENTERS
    )
    return np.min([np.linalg.norm(lab - centre, axis=-1) for centre in centres], axis=0).astype(np.float32)


def _clearness(image: Image, mask: Mask, points: Points) -> float:
    """How much the colours on both sides of the outline differ, 0 .. 1: of each point's part, the mean over points."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    size = (2 * SIDE + 1, 2 * SIDE + 1)
    inner, outer = (
        cv2.boxFilter(lab * side[..., None], -1, size) / np.maximum(cv2.boxFilter(side, -1, size), 1e-6)[..., None]
        for side in (mask.astype(np.float32), (~mask).astype(np.float32))
    )
    whole = mask.astype(np.uint8)
    outline = mask & (cv2.erode(whole, np.ones((3, 3), np.uint8), borderValue=1) == 0)
    difference = np.linalg.norm(inner - outer, axis=-1)
    _, parts = cv2.connectedComponents(whole, connectivity=8)
    x, y = points.round().astype(int).T
    clear = []
    for part in parts[y.clip(0, len(mask) - 1), x.clip(0, mask.shape[1] - 1)]:
        around = difference[outline & (parts == part)]
        clear.append(min(1.0, float(np.median(around)) / CLEAR) if part and len(around) else 0.0)
    return float(np.mean(clear))


def _without_holes(mask: Mask, back: Mask) -> Mask:
    """With what it encloses, unless background is known to be seen through."""
    count, parts = cv2.connectedComponents((~mask).astype(np.uint8), connectivity=4)
    border = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    filled = mask.copy()
    for part in set(range(1, count)) - set(border.tolist()):
        hole = parts == part
        if back[hole].mean() < HOLE_BACK:
            filled |= hole
    return filled


def _at_points(mask: Mask, seeds: Mask) -> Mask:
    """The connected parts of a mask that the seeds are on."""
    _, parts = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    kept = np.unique(parts[seeds & mask])
    return np.asarray(mask & np.isin(parts, kept[kept > 0]))
