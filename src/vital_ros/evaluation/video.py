"""An episode as a picture strip: wrist view, third view and tactile norm side by side, written as H.264."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
HEIGHT = 256
PLOT_WIDTH = 256
HISTORY = 60  # samples of the tactile norm shown


def compose(wrist: Image, third: Image | None, tactile: list[float], limit: float, caption: str = "") -> Image:
    """One frame.

    Args:
        wrist, third: RGB, any size; without a third view the frame is narrower.
        tactile: uT, norm over time, newest last.
        limit: uT, top of the plot.
    """
    views = [_fit(view) for view in (wrist, third) if view is not None]
    frame = np.ascontiguousarray(np.hstack([*views, _plot(tactile, limit)]))
    if caption:
        cv2.putText(frame, caption, (6, HEIGHT - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(frame, caption, (6, HEIGHT - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return frame


def write_video(path: Path, frames: list[Image], fps: float) -> None:
    """Write RGB frames of equal size as an mp4; an empty list writes nothing."""
    if not frames:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = frames[0].shape[0] // 2 * 2, frames[0].shape[1] // 2 * 2
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264", rate=Fraction(fps).limit_denominator(1000), options={"preset": "veryfast"}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            for packet in stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame[:height, :width]))):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def _fit(view: Image) -> Image:
    width = round(view.shape[1] * HEIGHT / view.shape[0])
    return np.asarray(cv2.resize(view, (width, HEIGHT), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _plot(values: list[float], limit: float) -> Image:
    panel = np.full((HEIGHT, PLOT_WIDTH, 3), 250, np.uint8)
    cv2.putText(panel, f"touch 0..{limit:g} uT", (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (60, 60, 60), 1, cv2.LINE_AA)
    shown = np.clip(np.asarray(values[-HISTORY:]) / limit, 0, 1)
    if len(shown) > 1:
        x = np.arange(len(shown)) * (PLOT_WIDTH - 12) / (HISTORY - 1) + 6
        y = HEIGHT - 8 - shown * (HEIGHT - 34)
        points = np.stack([x, y], axis=1).round().astype(np.int32)
        cv2.polylines(panel, [points], False, (200, 60, 30), 2, cv2.LINE_AA)
    return panel
