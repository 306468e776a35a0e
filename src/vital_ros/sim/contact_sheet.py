"""Demonstrations at a glance: a contact sheet of wrist views, and a short film."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.evaluation.video import compose, write_video
from vital_ros.sim.demonstrate import MOMENTS, POLICY_RATE, Demonstration

ROWS, TILE = 16, 128
GREEN, RED = (42, 143, 79), (192, 57, 43)


def contact_sheet(path: Path, attempts: list[Demonstration]) -> None:
    """Write a PNG: one attempt a row, from start to end, as the policy sees it (the frame's left square)."""
    rows = []
    for attempt in attempts[:ROWS]:
        chosen = np.linspace(0, len(attempt.wrist) - 1, MOMENTS).round().astype(int)
        tiles = [attempt.wrist[i][:, :TILE] for i in chosen]
        rows.append(_caption(np.hstack(tiles), attempt))
    cv2.imwrite(str(path), np.vstack(rows)[..., ::-1])


def film(path: Path, attempts: list[Demonstration], touch_limit: float) -> None:
    """Write an mp4 of the attempts that kept pictures of the third camera, at real speed."""
    frames = []
    for attempt in attempts:
        for index, third in enumerate(attempt.third):
            wrist = attempt.wrist[min(round(index * 30 / POLICY_RATE), len(attempt.wrist) - 1)]
            caption = f"seed {attempt.seed}  {index / POLICY_RATE:.1f} s"
            frames.append(compose(wrist[:, :TILE], third, attempt.touch[: index + 1], touch_limit, caption))
    write_video(path, frames, POLICY_RATE)


def _caption(row: NDArray[np.uint8], attempt: Demonstration) -> NDArray[np.uint8]:
    bar = np.full((16, row.shape[1], 3), GREEN if attempt.success else RED, np.uint8)
    text = f"seed {attempt.seed}: {attempt.reason}, {attempt.duration:.1f} s, largest force {attempt.max_force:.0f} N"
    cv2.putText(bar, text, (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (255, 255, 255), 1, cv2.LINE_AA)
    return np.vstack([bar, row])
