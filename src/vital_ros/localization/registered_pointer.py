"""Finds registered objects by the look of their upper face, wherever they stand on the table and however turned.

It knows what it was shown, seen from above: a horizontal, patterned face at about the registered height. It knows
nothing of other objects of the class, of faces that are covered, or of what lies on its side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vital_ros.config.task import Workspace
from vital_ros.localization.face_match import FaceMatch
from vital_ros.localization.face_search import FaceSearch
from vital_ros.localization.pointer import Candidate, LocalizationError, Sight
from vital_ros.localization.registry import RegisteredObject
from vital_ros.localization.top_view import COARSE, FINE, TopView

MARGIN = 0.08
"""m around the workspace that is looked at too: a face near its border is seen whole, one beyond it is told."""


Face = tuple[RegisteredObject, FaceSearch, FaceMatch]


class RegisteredPointer:
    """A `Pointer` over registered objects.

    Args:
        workspace: of the arm, in link_base; z does not matter.
        threshold: confidence below which a match does not count.
    """

    def __init__(self, objects: Sequence[RegisteredObject], workspace: Workspace, threshold: float):
        self.threshold = threshold
        self._faces: list[Face] = [
            (known, search := FaceSearch(known), FaceMatch(known, search.middle)) for known in objects
        ]
        self._low, self._high = np.array(workspace.min[:2]) - MARGIN, np.array(workspace.max[:2]) + MARGIN

    def check(self, query: str) -> None:
        """Raise LocalizationError when a query names no registered object."""
        self._named(query)

    def point(self, sight: Sight, query: str) -> list[Candidate]:
        """Best match of each object the query names, best first, however poor: the confidence tells.

        Of "usb socket" and "socket" the longer name counts where the query has both.

        Raises:
            LocalizationError: no registered object has that name.
        """
        found = [self._best(sight, *face) for face in self._named(query)]
        return sorted(found, key=lambda candidate: candidate.confidence, reverse=True)

    def _named(self, query: str) -> list[Face]:
        words = [known.card.named_by(query) for known, _, _ in self._faces]
        if not any(words):
            labels = ", ".join(known.card.label for known, _, _ in self._faces)
            raise LocalizationError(
                f"unknown query '{query}'; registered objects: {labels or 'none (see `./vital register --help`)'}"
            )
        return [face for face, count in zip(self._faces, words, strict=True) if count == max(words)]

    def _best(self, sight: Sight, known: RegisteredObject, search: FaceSearch, match: FaceMatch) -> Candidate:
        coarse, fine = (
            TopView(sight.camera, sight.camera_pose, known.card.height, self._low, self._high, resolution)
            for resolution in (COARSE, FINE)
        )
        above = fine.rectify(sight.image)
        matches = [match.match(above, lie) for lie in search.lies(coarse.rectify(sight.image))]
        if not matches:
            return Candidate(0.0, 0.0, 0.0, known.card.label)
        best = max(matches, key=lambda candidate: candidate.confidence)
        u, v = fine.to_image(best.motion @ (*known.card.point, 1.0))
        return Candidate(u, v, best.confidence, known.card.label)
