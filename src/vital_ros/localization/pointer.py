"""What finds a described object in an image. Whatever does it, the answer is pixels with a confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class LocalizationError(Exception):
    """Nothing trustworthy was found. The message is one readable sentence for the person who asked."""


@dataclass(frozen=True)
class Candidate:
    """A pixel that may be the object: column u, row v, confidence 0..1, and the label it was found as."""

    u: float
    v: float
    confidence: float
    label: str


class Pointer(Protocol):
    """Finds what a query describes."""

    def point(self, image: NDArray[np.uint8], query: str) -> list[Candidate]:
        """Candidates, best first, possibly none, in an RGB image of shape (H, W, 3).

        Raises:
            LocalizationError: the query means nothing to this pointer.
        """
        ...
