"""Where in a top view a registered face may lie, and how turned: normalised correlation over all places and turns.

Only the face's own pixels count, by a mask that turns with it, so that what is around it does not matter. All sums over
the mask are correlations, computed by FFT (Padfield 2012, Masked Object Registration in the Fourier Domain).
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2

from vital_ros.localization.registry import RegisteredObject
from vital_ros.localization.top_view import COARSE, FINE

TURNS = 24
"""Of 15 degrees; refinement closes what is between them."""
PLACES = 6
"""The most that are worth a closer look."""
APART = 0.015
"""m between two of them."""
LEAST = 0.3
"""Correlation of a place that is."""
SMOOTHING = 0.8
"""px of the picture: what the coarse view resolves."""

Spectra = NDArray[np.complex64]


class Lie(NamedTuple):
    """How a face may lie: px (column, row) of its middle in the view, and its turn, rad."""

    column: float
    row: float
    turn: float
    correlation: float


class FaceSearch:
    """Looks for one face."""

    def __init__(self, known: RegisteredObject):
        rows, columns = np.nonzero(known.mask)
        self.middle = np.array([columns.mean(), rows.mean()])
        """px (column, row) of the picture that a `Lie` places."""
        self._known = known
        self._radius = int(np.ceil(0.5 * np.hypot(*known.mask.shape) * FINE / COARSE)) + 1
        self._turned: dict[tuple[int, int], list[tuple[Spectra, float, int]]] = {}

    def lies(self, view: NDArray[np.uint8]) -> list[Lie]:
        """Where the face may be in a top view of resolution COARSE, (h, w, 3), best first."""
        height, width = view.shape[:2]
        shape = (next_fast_len(height, real=True), next_fast_len(width, real=True))
        if shape not in self._turned:
            self._turned[shape] = [self._spectra(2 * np.pi * turn / TURNS, shape) for turn in range(TURNS)]
        pixels = np.moveaxis(view.astype(np.float32), 2, 0)
        image, energy = rfft2(pixels, shape), rfft2((pixels**2).sum(axis=0), shape)
        best, turns = np.full((height, width), -1.0, np.float32), np.zeros((height, width), np.intp)
        inner = np.s_[self._radius : height - self._radius, self._radius : width - self._radius]
        valid = np.s_[: height - 2 * self._radius, : width - 2 * self._radius]
        for turn, (spectra, norm, count) in enumerate(self._turned[shape]):
            product = irfft2((image * spectra[:3]).sum(axis=0), shape)[valid]
            sums = irfft2(image * spectra[3], shape)[(slice(None), *valid)]
            spread = irfft2(energy * spectra[3], shape)[valid] - (sums**2).sum(axis=0) / count
            correlation = product / (norm * np.sqrt(np.maximum(spread, count)))  # at least a grey level of spread
            better = correlation > best[inner]
            best[inner][better], turns[inner][better] = correlation[better], turn
        return _peaks(best, turns)

    def _spectra(self, turn: float, shape: tuple[int, int]) -> tuple[Spectra, float, int]:
        """Conjugate spectra of the turned face's three channels, without their means, and of its mask, (4, …); the
        face's norm and number of pixels."""
        side = 2 * self._radius + 1
        motion = turned(turn, FINE / COARSE, self.middle, (self._radius, self._radius))
        smooth = cv2.GaussianBlur(self._known.crop, (0, 0), SMOOTHING).astype(np.float32)
        mask = cv2.warpAffine(self._known.mask.astype(np.float32), motion, (side, side)) > 0.5
        face = cv2.warpAffine(smooth, motion, (side, side))
        face = (face - face[mask].mean(axis=0)) * mask[..., None]
        planes = np.stack([*np.moveaxis(face, 2, 0), mask]).astype(np.float32)
        return np.conj(rfft2(planes, shape)), float(np.linalg.norm(face)), int(mask.sum())


def turned(turn: float, scale: float, origin: NDArray[np.float64], to: tuple[float, float]) -> NDArray[np.float64]:
    """Affine map (2, 3) of pixels that turns by `turn` rad, scales, and brings `origin` to `to`."""
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.column_stack([linear, np.asarray(to) - linear @ origin])


def _peaks(best: NDArray[np.float32], turns: NDArray[np.intp]) -> list[Lie]:
    found: list[Lie] = []
    while len(found) < PLACES:
        _, correlation, _, (column, row) = cv2.minMaxLoc(best)
        if correlation < LEAST:
            break
        found.append(Lie(column, row, 2 * np.pi * int(turns[row, column]) / TURNS, float(correlation)))
        cv2.circle(best, (column, row), round(APART / COARSE), -1.0, -1)
    return found
