"""From the boxes of an open-vocabulary detector to one place, or to a refusal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vital_ros.config.localizer import DetectorConfig
from vital_ros.localization.neural.running import Running
from vital_ros.localization.pointer import Candidate, LocalizationError, Sight

Boxes = NDArray[np.float64]
"""px from the image's top left corner: left, top, right, bottom; (n, 4)."""
Detect = Callable[[NDArray[np.uint8], str], tuple[Boxes, NDArray[np.float64]]]
"""Of an RGB image (H, W, 3) and a text: the boxes and their scores, (n,), 0..1, in any order."""


class DetectorPointer:
    """A `Pointer`: the middle of the best box, with its score."""

    def __init__(self, name: str, config: DetectorConfig, detect: Detect):
        self.threshold = config.threshold
        self._name, self._config, self._detect = name, config, detect
        self._running = Running(name, config.timeout)

    def point(self, sight: Sight, query: str) -> list[Candidate]:
        """The best box, then its rivals: boxes almost as good whose middles lie outside it.

        Raises:
            LocalizationError: the detector fails or is late, or several places are as good (`several: reject`).
        """
        text = self._config.prompt.replace("{query}", query)
        boxes, scores = self._running.result_of(lambda: self._detect(sight.image, text))
        boxes, scores = _seen(boxes, scores, *sight.image.shape[1::-1])
        if not len(scores):
            return []
        best, middles = boxes[0], (boxes[:, :2] + boxes[:, 2:]) / 2
        elsewhere = np.any((middles < best[:2]) | (middles > best[2:]), axis=1)
        rivals = elsewhere & (scores >= max(self.threshold, self._config.rival * scores[0]))
        # the middle of pixel 0 has coordinate 0, the image's edge -0.5
        places = [
            Candidate(float(x) - 0.5, float(y) - 0.5, float(score), query)
            for x, y, score in [(*middles[0], scores[0]), *np.column_stack((middles, scores))[rivals]]
        ]
        if len(places) > 1 and self._config.several == "reject":
            raise LocalizationError(
                f"{self._name} finds '{query}' {_told(places[0])} and {_told(places[1])}; ask for one of them, e.g. by "
                "its colour, or set several: first in localizer.yaml"
            )
        return places


def _told(place: Candidate) -> str:
    return f"at pixel ({place.u:.0f}, {place.v:.0f}), score {place.confidence:.2f},"


def _seen(boxes: Boxes, scores: NDArray[np.float64], width: int, height: int) -> tuple[Boxes, NDArray[np.float64]]:
    """What of the boxes lies in the image, best first; those that do not are left out."""
    boxes = np.clip(boxes, 0, [width, height, width, height])
    inside = np.all(boxes[:, 2:] > boxes[:, :2], axis=1) & np.isfinite(scores)  # of a NaN neither holds
    order = np.argsort(-scores[inside], kind="stable")
    return boxes[inside][order], scores[inside][order]
