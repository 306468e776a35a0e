"""The picture of a results table: success rates by condition, ours and the paper's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vital_ros.evaluation.breakdown import wilson
from vital_ros.evaluation.results import CONDITIONS, OWN, Entry, find

COLOURS = ("#8a8d91", "#d08c3f", "#2a6f97", "#2a8f4f")


def results_figure(path: Path, cells: Sequence[Entry], tasks: Sequence[str], execution: str) -> None:
    """Write a PNG: a panel per condition; bars are ours with 95 % intervals, diamonds the authors' robot."""
    policies = list(dict.fromkeys(cell.policy for cell in cells))
    figure = Figure(figsize=(13, 6.4), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, condition in zip(figure.subplots(2, 2, sharey=True).ravel(), CONDITIONS, strict=True):
        for index, policy in enumerate(policies):
            found = [find(cells, task, policy, condition, execution) for task in tasks]
            shift = (index - (len(policies) - 1) / 2) * 0.8 / len(policies)
            _bars(axes, found, shift, 0.7 / len(policies), COLOURS[index % len(COLOURS)], policy)
        axes.set_title(condition, fontsize=10)
        axes.set_xticks(range(len(tasks)), tasks, fontsize=8)
        axes.set_ylim(0, 105)
        axes.set_ylabel("success, %", fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=8)
    where = "Simulated cell" if execution == OWN else f"Simulated cell, {execution}"
    figure.suptitle(f"{where}: bars with 95 % intervals. Diamonds: the authors' results on their robot")
    figure.savefig(path, dpi=100)


def _bars(axes: Axes, cells: Sequence[Entry | None], shift: float, width: float, colour: str, name: str) -> None:
    places = [place for place, cell in enumerate(cells) if cell]
    ours = [cell.count for cell in cells if cell]
    rates = np.array([100 * count.successes / count.trials for count in ours])
    limits = np.array([wilson(*count) for count in ours]).reshape(-1, 2) * 100
    x = np.array(places) + shift
    axes.bar(x, rates, width, color=colour, label=name)
    axes.errorbar(x, rates, yerr=[rates - limits[:, 0], limits[:, 1] - rates], fmt="none", ecolor="black", capsize=2,
                  linewidth=0.8)  # fmt: skip
    theirs = [(place + shift, cell.paper) for place, cell in enumerate(cells) if cell and cell.paper]
    heights = [100 * paper.successes / paper.trials for _, paper in theirs]
    axes.scatter([x for x, _ in theirs], heights, marker="D", s=22, facecolor="white", edgecolor=colour, zorder=3)
