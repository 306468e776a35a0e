"""The picture of a run of trials: successes by combination, what ended the others, and the last views."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vital_ros.evaluation.breakdown import causes, shares, wilson
from vital_ros.evaluation.figures import GREEN, GREY, RED
from vital_ros.evaluation.trial import TrialResult

COLUMNS, MOST = 10, 60
"""Of views; above MOST the failures come first and the rest is left out."""


def trials_figure(path: Path, title: str, results: Sequence[TrialResult]) -> None:
    """Write a PNG."""
    shown = list(results)
    if len(shown) > MOST:
        shown = sorted(results, key=lambda result: result.success)[:MOST]
    lines, rows = max(len(shares(results)), len(causes(results))), -(-len(shown) // COLUMNS)
    heights = [0.7 + 0.3 * lines, 1.55 * rows]
    figure = Figure(figsize=(13, 0.4 + sum(heights)), layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = np.asarray(figure.subfigures(2, 1, height_ratios=heights), dtype=object)
    left, right = upper.subplots(1, 2, width_ratios=[3, 2])
    _draw_shares(left, results, lines)
    _draw_causes(right, results, lines)
    views = lower.subplots(rows, COLUMNS, squeeze=False).ravel()
    scenes = len({result.scene for result in results})
    for axes, result in zip_longest(views, shown):
        if result is None:
            axes.set_axis_off()
        else:
            _draw_view(axes, result, scenes > 1)
    successes = sum(result.success for result in results)
    low, high = wilson(successes, len(results))
    figure.suptitle(
        f"{title}: {successes} of {len(results)} succeeded (95 % interval {100 * low:.0f} to {100 * high:.0f} %)"
    )
    figure.savefig(path, dpi=110)


def _draw_shares(axes: Axes, results: Sequence[TrialResult], lines: int) -> None:
    groups = shares(results)[::-1]  # the first on top
    rates = [100 * group.successes / group.trials for group in groups]
    below = [rate - 100 * group.low for rate, group in zip(rates, groups, strict=True)]
    above = [100 * group.high - rate for rate, group in zip(rates, groups, strict=True)]
    labels = [f"{group.label}  {group.successes}/{group.trials}" for group in groups]
    axes.barh(labels, rates, color=GREEN, height=0.6)
    axes.errorbar(rates, labels, xerr=[below, above], fmt="none", ecolor="black", capsize=3, linewidth=1)
    axes.set_xlim(0, 100)
    axes.set_ylim(len(groups) - lines - 0.6, len(groups) - 0.4)
    axes.set_xlabel("success, %, with 95 % Wilson interval", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_causes(axes: Axes, results: Sequence[TrialResult], lines: int) -> None:
    found = causes(results)
    names = list(found)[::-1]
    counts = [found[name] for name in names]
    bars = axes.barh(names, counts, color=[GREEN if name == "success" else RED for name in names], height=0.6)
    axes.bar_label(bars, padding=3, fontsize=8)
    axes.set_xlim(0, 1.12 * max(counts, default=1))
    axes.set_ylim(len(names) - lines - 0.6, len(names) - 0.4)
    axes.set_xlabel("trials, by what ended them", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_view(axes: Axes, result: TrialResult, name_scene: bool) -> None:
    if result.last_view is not None:
        axes.imshow(result.last_view)
    axes.set_xticks([])
    axes.set_yticks([])
    colour = GREEN if result.success else RED
    for spine in axes.spines.values():
        spine.set(color=colour, linewidth=2.5)
    axes.set_title(f"{result.seed}  {result.cause}", fontsize=7, color=colour, pad=2)
    names = [result.scene] if name_scene else []
    where = ", ".join(name for name in (*names, result.place, result.object) if name)
    axes.set_xlabel(where if len(where) <= 24 else where[:23] + "…", fontsize=6, color=GREY, labelpad=2)
