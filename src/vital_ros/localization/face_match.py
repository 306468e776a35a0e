"""How well a registered face lies where it may lie: its place to a fraction of a pixel, and a confidence."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vital_ros.localization.face_search import Lie, turned
from vital_ros.localization.registry import RegisteredObject
from vital_ros.localization.top_view import COARSE, FINE

SMOOTHING = 1.5
"""px: finer detail depends on how pixels of the camera fall on the face."""
STRETCH = (0.85, 1.18)
"""Of the face: it may stand some centimetres higher or lower than when it was registered, or lean a little."""
SHIFT = 6.0
"""px by which refinement may move it; more means that it has run away."""
BRIGHTNESS = (0.4, 2.5)
"""Of the light, compared with that at registration."""
STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 1e-4)


class Match(NamedTuple):
    """A confidence 0..1, and the affine map (2, 3) from the picture to the view."""

    confidence: float
    motion: NDArray[np.float64]


class FaceMatch:
    """Compares one face."""

    def __init__(self, known: RegisteredObject, middle: NDArray[np.float64]):
        """`middle`: px of the picture that a `Lie` places."""
        self._mask, self._middle = known.mask, middle
        self._face = cv2.GaussianBlur(known.crop, (0, 0), SMOOTHING)
        self._grey = cv2.cvtColor(self._face, cv2.COLOR_RGB2GRAY)
        self._ecc_mask = np.where(known.mask, 255, 0).astype(np.uint8)

    def match(self, view: NDArray[np.uint8], lie: Lie) -> Match:
        """The face in a top view of resolution FINE, (h, w, 3), near a lie found in the coarse one."""
        place = (lie.column * COARSE / FINE, lie.row * COARSE / FINE)
        motion = self._refined(view, turned(lie.turn, 1.0, self._middle, place))
        seen = cv2.GaussianBlur(self._taken_back(view, motion), (0, 0), SMOOTHING)
        return Match(_alike(seen[self._mask], self._face[self._mask]), motion)

    def _taken_back(self, view: NDArray[np.uint8], motion: NDArray[np.float64]) -> NDArray[np.uint8]:
        """What the view shows where the face would be, as the picture has it."""
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(view, motion, self._mask.shape[::-1], flags=flags), dtype=np.uint8)

    def _refined(self, view: NDArray[np.uint8], start: NDArray[np.float64]) -> NDArray[np.float64]:
        """By the enhanced correlation coefficient (Evangelidis and Psarakis 2008); the start where that fails."""
        seen = cv2.cvtColor(self._taken_back(view, start), cv2.COLOR_RGB2GRAY)
        unmoved = np.eye(2, 3, dtype=np.float32)
        try:
            _, found = cv2.findTransformECC(seen, self._grey, unmoved, cv2.MOTION_AFFINE, STEPS, self._ecc_mask, 5)
        except cv2.error:  # it does not converge
            return start
        motion = (_square(start) @ np.linalg.inv(_square(found)))[:2]
        stretch = np.linalg.svd(motion[:, :2], compute_uv=False)
        shift = np.linalg.norm((motion - start) @ (*self._middle, 1.0))
        kept = STRETCH[0] < stretch[1] and stretch[0] < STRETCH[1] and shift < SHIFT
        return np.asarray(motion if kept else start, dtype=np.float64)


def _square(motion: ArrayLike) -> NDArray[np.float64]:
    return np.vstack([np.asarray(motion, dtype=np.float64), (0.0, 0.0, 1.0)])


def _alike(seen: NDArray[Any], face: NDArray[Any]) -> float:
    """Of pixels (n, 3): the smaller of their correlation and of the root of the share of variance that the face, only
    made brighter or darker, explains. The first forgives a tint, the second does not: a grey socket is no blue one.
    """
    a, b = seen.astype(np.float64), face.astype(np.float64)
    a0, b0 = a - a.mean(axis=0), b - b.mean(axis=0)
    variance = float((a0**2).sum())
    correlation = float((a0 * b0).sum()) / np.sqrt(max(variance, 1.0) * float((b0**2).sum()) + 1e-9)
    brightness = np.clip((a * b).sum() / max((b * b).sum(), 1.0), *BRIGHTNESS)
    explained = 1 - float(((a - brightness * b) ** 2).sum()) / max(variance, 1.0)
    return float(np.clip(min(correlation, np.sqrt(max(explained, 0.0))), 0, 1))
