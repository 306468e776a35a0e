"""The picture of a calibration."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vital_ros.calibration.result import Result

GOOD, BAD, SEEN = "#2a5fa5", "#c0392b", "#2a8f4f"
TYPICAL = 0.03
"""Of the picture's width: how long the typical residual is drawn."""


def calibration_figure(path: Path, result: Result) -> None:
    """One view with its corners, all corners with their residuals, and each view's residual."""
    inside, rms = result.kept.inside, result.kept.rms
    figure = Figure(figsize=(13, 8), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 2, height_ratios=(2, 1))
    typical = int(np.argsort(rms)[len(rms) // 2])
    view, predicted = result.views[typical], result.predicted[typical]
    axes = figure.add_subplot(grid[0, 0])
    axes.imshow(view.image, cmap="gray")
    axes.plot(*view.corners.pixels.T, "+", color=SEEN, markersize=9, label="detected")
    axes.plot(*predicted.T, "o", color=BAD, markersize=9, markerfacecolor="none", label="by the calibration")
    axes.set_title(f"{view.name}: {rms[typical]:.2f} px", fontsize=9)
    axes.legend(fontsize=8)
    axes = figure.add_subplot(grid[0, 1])
    longer = max(1, round(TYPICAL * result.lens.width / max(float(np.median(rms)), 0.01)))
    for number, (view, predicted) in enumerate(zip(result.views, result.predicted, strict=True)):
        pixels = view.corners.pixels
        axes.quiver(
            *pixels.T, *(longer * (pixels - predicted)).T, color=GOOD if inside[number] else BAD,
            angles="xy", scale_units="xy", scale=1, width=0.002,
        )  # fmt: skip
    axes.set(xlim=(0, result.lens.width), ylim=(result.lens.height, 0), aspect="equal")
    axes.set_title(f"all corners; residuals {longer} times longer, of views left out in red", fontsize=9)
    axes = figure.add_subplot(grid[1, :])
    axes.bar(range(1, len(rms) + 1), rms, color=np.where(inside, GOOD, BAD))
    axes.set(xlabel="view", ylabel="residual, px RMS", yscale="log" if rms.max() > 10 * np.median(rms) else "linear")
    axes.set_xticks(range(1, len(rms) + 1))
    figure.suptitle(f"{result.which} camera: {result.headline}")
    figure.savefig(path, dpi=110)
