"""What a vision-language model is asked, and the candidates its answer makes."""

from __future__ import annotations

from vital_ros.config.localizer import Asking
from vital_ros.localization.answers import points_of
from vital_ros.localization.pointer import Candidate, LocalizationError, Sight

THRESHOLD = 0.5
"""Below the confidence that every answer has: a model that points is believed, or not asked."""


def prompt_of(asking: Asking, query: str) -> str:
    return asking.prompt.replace("{query}", query)


def candidates_of(answer: str, asking: Asking, sight: Sight, query: str) -> list[Candidate]:
    """At most one: models tell no confidence, so it is 1. Of several points none is taken, or the first.

    Raises:
        LocalizationError: the answer is no answer, or names several places.
    """
    height, width = sight.image.shape[:2]
    points = points_of(answer, width, height, asking.json_scale)
    if len(points) > 1 and asking.several == "reject":
        raise LocalizationError(
            f"the model points at {len(points)} places for '{query}'; ask for one of them, e.g. by its colour, or set "
            "several: first in localizer.yaml"
        )
    return [Candidate(u, v, 1.0, query) for u, v in points[:1]]
