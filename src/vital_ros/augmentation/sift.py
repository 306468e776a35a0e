"""Correspondence without a neural network: the same object, seen from about the same distance.

Proposals for how the object has moved come from SIFT matches, from the object's window found by correlation, and from
"not at all" (what is fixed to the camera). The points themselves judge them: each one's surroundings are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.augmentation.interfaces import Image, Points, Transfer
from vital_ros.augmentation.options import Share

Similarity = NDArray[np.float64]
"""(2, 3): reference pixel to frame pixel."""

WORK_SIZE = 640
"""px, long side at which SIFT looks: fixtures of a few pixels have features then."""
RATIO = 0.85
"""Of the best and the second best match's distance (Lowe)."""
KEPT = 2
"""Pictures whose features are remembered."""
SCALES = np.geomspace(0.6, 1.7, 9)
"""Of an object's window."""
FLAT = 6.0
"""Grey levels of standard deviation below which a patch shows nothing that could be correlated."""
TOLERANCE = 30.0
"""Grey levels by which a flat patch's colour may differ."""


class SiftCorrespondence:
    """A `Correspondence`. All points of one call belong to one object."""

    def __init__(self, threshold: Share = 0.6, patch: Share = 0.035, search: Share = 0.02):
        """patch, search: half width of a point's surroundings and of the search around a proposal, of the width."""
        self.threshold = threshold
        self._patch, self._search = patch, search
        self._sift = cv2.SIFT.create(contrastThreshold=0.02)
        self._matcher = cv2.BFMatcher(cv2.NORM_L2)
        self._known: dict[bytes, tuple[Points, NDArray[np.float32]]] = {}

    def transfer(self, reference: Image, points: Points, frame: Image) -> Transfer:
        """Where the points' surroundings are found again; confidence: how alike they look, times how many are alike."""
        best = Transfer(np.array(points, dtype=np.float64), np.zeros(len(points)))
        for motion in self._proposals(reference, points, frame):
            found = self._judge(reference, points, frame, motion)
            if found.confidence.sum() > best.confidence.sum():
                best = found
        return best

    def _proposals(self, reference: Image, points: Points, frame: Image) -> Iterator[Similarity]:
        if reference.shape == frame.shape:
            yield np.eye(2, 3)
        low, high = points.min(axis=0), points.max(axis=0)
        margin = 0.25 * (high - low).max() + self._patch * reference.shape[1]
        low, high = low - margin, high + margin
        yield from self._matched(reference, low, high, frame)
        yield from _correlated(reference, low, high, frame)

    def _matched(self, reference: Image, low: Points, high: Points, frame: Image) -> Iterator[Similarity]:
        """The similarity that most SIFT matches of the object's window agree on."""
        (places, descriptors), (others, other_descriptors) = self._features(reference), self._features(frame)
        inside = np.all((places >= low) & (places <= high), axis=1)
        if inside.sum() < 3 or len(others) < 3:
            return
        pairs = self._matcher.knnMatch(descriptors[inside], other_descriptors, k=2)
        good = [a for a, b in pairs if a.distance < RATIO * b.distance]
        if len(good) < 3:
            return
        source = places[inside][[m.queryIdx for m in good]]
        target = others[[m.trainIdx for m in good]]
        motion, inliers = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=0.015 * reference.shape[1])
        if motion is not None and inliers.sum() >= 3 and 0.4 < np.hypot(*motion[:, 0]) < 2.5:
            yield np.asarray(motion, dtype=np.float64)

    def _features(self, image: Image) -> tuple[Points, NDArray[np.float32]]:
        """Of brightness and of both colour differences: what is as bright as its surroundings still has features.

        Kept for the last few pictures, since the objects of a frame are asked for one after the other.
        """
        key = image.tobytes()
        if key not in self._known:
            self._known[key] = self._detect(image)
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
        self._known[key] = self._known.pop(key)  # the reference, asked for every time, stays
        return self._known[key]

    def _detect(self, image: Image) -> tuple[Points, NDArray[np.float32]]:
        zoom = max(1.0, WORK_SIZE / max(image.shape[:2]))
        large = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
        places, descriptors = [np.zeros((0, 2))], [np.zeros((0, 128), np.float32)]
        for channel in cv2.split(cv2.cvtColor(large, cv2.COLOR_RGB2LAB)):
            features, described = self._sift.detectAndCompute(channel, None)
            if features:
                places.append((np.array([f.pt for f in features]) + 0.5) / zoom - 0.5)
                descriptors.append(np.asarray(described, dtype=np.float32))
        return np.concatenate(places), np.concatenate(descriptors)

    def _judge(self, reference: Image, points: Points, frame: Image, motion: Similarity) -> Transfer:
        height, width = reference.shape[:2]
        half, search = (max(2, round(share * width)) for share in (self._patch, self._search))
        aligned = cv2.warpAffine(
            frame,
            motion,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        moved, alike = np.empty((len(points), 2)), np.empty(len(points))
        for index, point in enumerate(points):
            shift, alike[index] = _find(reference, aligned, point, half, search)
            moved[index] = motion[:, :2] @ (point + shift) + motion[:, 2]
            if not (0 <= moved[index, 0] < frame.shape[1] and 0 <= moved[index, 1] < frame.shape[0]):
                alike[index] = 0.0
        return Transfer(moved, alike)


def _find(
    reference: NDArray[Any], aligned: NDArray[Any], point: Points, half: int, search: int
) -> tuple[Points, float]:
    """Shift in px of a point's surroundings, and how alike they look there, 0 .. 1."""
    x, y = (int(v) for v in point.round())
    wide = half + search
    padded = [np.pad(image, ((wide, wide), (wide, wide), (0, 0)), mode="edge") for image in (reference, aligned)]
    patch = padded[0][y + search : y + wide + half + 1, x + search : x + wide + half + 1]
    window = padded[1][y : y + 2 * wide + 1, x : x + 2 * wide + 1]
    if min(_contrast(patch), _contrast(window)) < FLAT:
        centre = window[search : search + 2 * half + 1, search : search + 2 * half + 1]
        difference = np.abs(patch.astype(float).mean(axis=(0, 1)) - centre.astype(float).mean(axis=(0, 1))).max()
        return np.zeros(2), max(0.0, 1.0 - difference / TOLERANCE)
    scores = cv2.matchTemplate(window, patch, cv2.TM_CCOEFF_NORMED)
    _, score, _, (column, row) = cv2.minMaxLoc(scores)
    return np.array([column - search, row - search], dtype=np.float64), max(0.0, score)


def _contrast(image: NDArray[Any]) -> float:
    return float(image.std(axis=(0, 1)).max())


def _correlated(reference: Image, low: Points, high: Points, frame: Image) -> Iterator[Similarity]:
    """The shift and scale at which the object's window looks most like the frame."""
    left, top = np.maximum(low.round().astype(int), 0)
    right, bottom = np.minimum(high.round().astype(int) + 1, reference.shape[1::-1])
    window = reference[top:bottom, left:right]
    best, motion = -1.0, np.eye(2, 3)
    for scale in SCALES:
        resized = cv2.resize(window, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if min(resized.shape[:2]) < 4 or resized.shape[0] > frame.shape[0] or resized.shape[1] > frame.shape[1]:
            continue
        _, score, _, place = cv2.minMaxLoc(cv2.matchTemplate(frame, resized, cv2.TM_CCOEFF_NORMED))
        if score > best:
            best = score
            motion = np.column_stack([scale * np.eye(2), np.array(place) - scale * np.array([left, top])])
    if best > 0:
        yield motion
