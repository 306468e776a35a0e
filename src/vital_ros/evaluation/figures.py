"""The one picture of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vital_ros.evaluation.report import EpisodeRecord

GREEN, RED, GREY = "#2a8f4f", "#c0392b", "#777777"
COLUMNS = 5


def summary_figure(
    path: Path, title: str, episodes: list[EpisodeRecord], last_views: list[NDArray[np.uint8] | None]
) -> None:
    """Last wrist view of each episode framed by its outcome, above the lateness of all ticks.

    Args:
        last_views: RGB, one per episode, None where there was no image.
    """
    rows = max(1, -(-len(episodes) // COLUMNS))
    figure = Figure(figsize=(2.2 * COLUMNS, 2.4 * rows + 2.4), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(rows + 1, COLUMNS)
    for index, (episode, view) in enumerate(zip(episodes, last_views, strict=True)):
        axes = figure.add_subplot(grid[index // COLUMNS, index % COLUMNS])
        if view is not None:
            axes.imshow(view)
        axes.set_xticks([])
        axes.set_yticks([])
        colour = GREEN if episode.success else RED
        for spine in axes.spines.values():
            spine.set(color=colour, linewidth=3)
        axes.set_title(f"seed {episode.seed}: {episode.outcome}", fontsize=8, color=colour)
        axes.set_xlabel(episode.reason[:36], fontsize=6, color=GREY)
    axes = figure.add_subplot(grid[rows, :])
    lateness = np.array([value for episode in episodes for value in episode.lateness]) * 1e3
    if lateness.size:
        axes.hist(lateness, bins=60, color=GREY)
        axes.set_yscale("log")
        axes.set_xlabel("tick started late by, ms")
        axes.set_ylabel("ticks")
    else:
        axes.set_axis_off()
    successes = sum(episode.success for episode in episodes)
    figure.suptitle(f"{title}: {successes} of {len(episodes)} episodes succeeded")
    figure.savefig(path, dpi=110)
