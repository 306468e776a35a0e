"""The picture of a soak: what each node's memory has grown by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vital_ros.evaluation.soak import MB, WARM_UP, Sample

MARGIN = 10.0
"""MB above and below what came after the warm-up."""


def soak_figure(path: Path, title: str, samples: Sequence[Sample]) -> None:
    """Memory against its value at the end of the warm-up, which is grey; below it open files and threads."""
    minutes = np.array([taken.time for taken in samples]) / 60
    settled = min(round(WARM_UP * len(samples)), len(samples) - 1)
    figure = Figure(figsize=(9, 6.5), layout="constrained")
    FigureCanvasAgg(figure)
    memory, counts = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    for name in sorted(samples[-1].memory):
        held = np.array([taken.memory.get(name, np.nan) for taken in samples]) / MB
        memory.plot(minutes, held - held[settled], label=f"{name} ({held[settled]:.0f} MB)", linewidth=1)
    total = np.array([sum(taken.memory.values()) for taken in samples]) / MB
    memory.plot(minutes, total - total[settled], label=f"all ({total[settled]:.0f} MB)", color="black", linewidth=2)
    seen = (total - total[settled])[minutes >= minutes[settled]]
    memory.set_ylim(min(seen.min(), 0) - MARGIN, seen.max() + MARGIN)  # how it started is not the question
    memory.set_ylabel("resident memory, change in MB")
    memory.legend(fontsize=7, ncols=2)
    counts.plot(minutes, [taken.handles for taken in samples], label="open files")
    counts.plot(minutes, [taken.threads for taken in samples], label="threads")
    counts.set_xlabel("minutes")
    counts.legend(fontsize=7)
    for axes in (memory, counts):
        axes.axvspan(0, minutes[settled], color="#eeeeee")
        axes.grid(alpha=0.3)
    memory.set_title(title)
    figure.savefig(path, dpi=110)
