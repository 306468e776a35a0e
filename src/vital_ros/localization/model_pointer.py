"""Any vision-language model that answers with points, wherever it runs."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vital_ros.config.localizer import Asking
from vital_ros.localization.asking import THRESHOLD, candidates_of, prompt_of
from vital_ros.localization.pointer import Candidate, Sight


class VisionLanguageModel(Protocol):
    """Answers a question about an image in words."""

    def ask(self, prompt: str, image: NDArray[np.uint8]) -> str:
        """What it says about an RGB image (H, W, 3); raise LocalizationError when it says nothing, or not in time."""
        ...


class ModelPointer:
    """A `Pointer`."""

    threshold = THRESHOLD

    def __init__(self, model: VisionLanguageModel, asking: Asking):
        self._model, self._asking = model, asking

    def point(self, sight: Sight, query: str) -> list[Candidate]:
        """See `asking`.

        Raises:
            LocalizationError: no answer, a useless one, or several points.
        """
        answer = self._model.ask(prompt_of(self._asking, query), sight.image)
        return candidates_of(answer, self._asking, sight, query)
