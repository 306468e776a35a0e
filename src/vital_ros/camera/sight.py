"""Whether a camera still sees."""

from __future__ import annotations

from vital_ros.camera.frame import Frame
from vital_ros.liveness import Repetition


class Sight:
    """Judges the frames of one camera: a black or frozen picture is none, however regularly it comes.

    Args:
        frozen_after: s for which one picture may repeat.
        black_below: mean grey level, 0 .. 255, below which a picture is black.
    """

    def __init__(self, frozen_after: float, black_below: float):
        self._repetition = Repetition("picture", frozen_after)
        self._black_below = black_below

    def complaint(self, frame: Frame, t: float) -> str:
        """What is wrong with a frame that came at `t` s; empty if nothing is."""
        brightness = float(frame.image.mean())
        if brightness < self._black_below:
            return f"gives black pictures (mean {brightness:.1f}, wrist.black_below is {self._black_below:g})"
        return self._repetition.complaint(frame.image.tobytes(), t)
