"""Finds registered objects by their picture: normalised correlation over scales, verified on the edges.

Good for a scene like the one the object was registered in; it knows nothing of other views of the object.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.localization.pointer import Candidate, LocalizationError
from vital_ros.localization.registry import RegisteredObject

SCALES = np.geomspace(0.7, 1.4, 11)
"""Of the crop: the object may be nearer or farther than when it was registered."""


class RegisteredPointer:
    """A `Pointer` over registered objects."""

    def __init__(self, objects: Sequence[RegisteredObject]):
        self._objects = list(objects)

    def named(self, query: str) -> list[RegisteredObject]:
        """The objects a query names; raise LocalizationError when there is none."""
        named = [known for known in self._objects if known.card.matches(query)]
        if not named:
            labels = ", ".join(known.card.label for known in self._objects) or "none (see `./vital register --help`)"
            raise LocalizationError(f"unknown query '{query}'; registered objects: {labels}")
        return named

    def point(self, image: NDArray[np.uint8], query: str) -> list[Candidate]:
        """Best match of each object the query names, best first, however poor: the confidence tells.

        Args:
            image: RGB, shape (H, W, 3).

        Raises:
            LocalizationError: no registered object has that name.
        """
        matches = [self._match(image, known) for known in self.named(query)]
        return sorted(matches, key=lambda match: match.confidence, reverse=True)

    @staticmethod
    def _match(image: NDArray[np.uint8], known: RegisteredObject) -> Candidate:
        best = Candidate(0.0, 0.0, 0.0, known.card.label)
        for scale in SCALES:
            crop = np.asarray(cv2.resize(known.crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
            height, width = crop.shape[:2]
            if height > image.shape[0] or width > image.shape[1]:
                continue
            scores = np.asarray(cv2.matchTemplate(image, crop, cv2.TM_CCOEFF_NORMED), np.float32)
            _, score, _, (left, top) = cv2.minMaxLoc(scores)
            if score <= best.confidence:
                continue
            confidence = min(score, _edge_agreement(image[top : top + height, left : left + width], crop))
            if confidence > best.confidence:
                du, dv = _subpixel(scores, left, top)
                u = left + du + (known.card.point[0] + 0.5) * width / known.crop.shape[1] - 0.5
                v = top + dv + (known.card.point[1] + 0.5) * height / known.crop.shape[0] - 0.5
                best = Candidate(float(u), float(v), float(confidence), known.card.label)
        return best


def _edge_agreement(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Correlation -1..1 of two patches' gradient strengths: flat patches of like colour do not pass."""
    x, y = (_edges(patch) for patch in (a, b))
    spread = float(x.std() * y.std())
    return float(((x - x.mean()) * (y - y.mean())).mean() / spread) if spread > 1e-6 else 0.0


def _edges(patch: NDArray[np.uint8]) -> NDArray[np.float64]:
    grey = cv2.GaussianBlur(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY), (5, 5), 0).astype(np.float64)
    return np.hypot(cv2.Sobel(grey, cv2.CV_64F, 1, 0), cv2.Sobel(grey, cv2.CV_64F, 0, 1))


def _subpixel(scores: NDArray[np.float32], left: int, top: int) -> tuple[float, float]:
    """Offset of a parabola's top from the best integer match, px, within +-0.5; 0 at the border."""

    def offset(before: float, middle: float, after: float) -> float:
        bend = before - 2 * middle + after
        return float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else 0.0

    height, width = scores.shape
    du = offset(*scores[top, left - 1 : left + 2]) if 0 < left < width - 1 else 0.0
    dv = offset(*scores[top - 1 : top + 2, left]) if 0 < top < height - 1 else 0.0
    return du, dv
