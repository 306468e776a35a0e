"""The picture of a replay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vital_ros.playback.comparison import Comparison

THEN, NOW, LIMIT = "#777777", "#2a5fa5", "#c0392b"
FLOOR = 1e-9
"""Where an error of zero is drawn."""
NAMES = ("x, mm", "y, mm", "z, mm", "turn x, mrad", "turn y, mrad", "turn z, mrad", "gripper")
FACTORS = (1e3,) * 6 + (1.0,)


def replay_figure(path: Path, title: str, comparison: Comparison) -> None:
    """The error of each step, above each number of the action then and now, for one step or more."""
    times = [difference.time for difference in comparison.differences]
    then, now = np.array(comparison.then), np.array(comparison.now)
    figure = Figure(figsize=(11, 9), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(5, 2)
    axes = figure.add_subplot(grid[0, :])
    axes.semilogy(times, [max(d.error, FLOOR) for d in comparison.differences], ".-", color=NOW)
    axes.axhline(max(comparison.tolerance, FLOOR), color=LIMIT, linestyle="--", label="tolerance")
    if first := comparison.divergence:
        axes.axvline(first.time, color=LIMIT, label="first divergence")
    axes.set_ylabel("action error,\nnetwork units")
    axes.legend(loc="upper right", fontsize=8)
    for number, (name, factor) in enumerate(zip(NAMES, FACTORS, strict=True)):
        axes = figure.add_subplot(grid[1 + number // 2, number % 2])
        axes.plot(times, factor * then[:, number], color=THEN, linewidth=3, label="then")
        axes.plot(times, factor * now[:, number], color=NOW, linewidth=1, label="now")
        axes.set_ylabel(name, fontsize=8)
        axes.tick_params(labelsize=7)
    axes.set_xlabel("s", fontsize=8)
    axes.legend(fontsize=8)
    figure.suptitle(title)
    figure.savefig(path, dpi=110)
