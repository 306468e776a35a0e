"""What finds a described object in an image. Whatever does it, the answer is pixels with a confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera


@dataclass(frozen=True)
class Sight:
    """What a camera saw, and from where.

    Attributes:
        image: RGB, (H, W, 3).
        camera_pose: of the optical frame in link_base.
    """

    image: NDArray[np.uint8]
    camera: PinholeCamera
    camera_pose: Pose


@dataclass(frozen=True)
class Candidate:
    """A pixel that may be the object: column u, row v, confidence 0..1, and the label it was found as."""

    u: float
    v: float
    confidence: float
    label: str


class LocalizationError(Exception):
    """Nothing trustworthy was found. The message is one readable sentence for the person who asked.

    Attributes:
        candidate: what was pointed at, when only its place could not be trusted.
    """

    candidate: Candidate | None = None


class Pointer(Protocol):
    """Finds what a query describes."""

    threshold: float
    """Confidence below which a candidate does not count."""

    def point(self, sight: Sight, query: str) -> list[Candidate]:
        """Candidates, best first, possibly none.

        Raises:
            LocalizationError: the query means nothing to this pointer, or it has no answer.
        """
        ...
