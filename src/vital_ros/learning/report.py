"""What a training leaves to look at: metrics.json and loss.png."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vital_ros.policy.checkpoint import replace


def write_report(folder: Path, facts: dict[str, Any]) -> None:
    """`facts` as `BehaviourCloning` keeps them: run, iteration, seconds, losses, validation."""
    replace(folder / "metrics.json", (json.dumps(facts, indent=2) + "\n").encode())
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    loss, error = figure.subplots(1, 2)
    loss.plot(*_columns(facts["losses"], "loss"), label="training")
    loss.plot(*_columns(facts["validation"], "loss"), label="held-out episodes")
    preset = facts["run"]["policy"]["presets"][facts["run"]["preset"]]
    scale = "log" if preset["loss"] == "mse" else "symlog"  # a likelihood's may be negative
    loss.set(xlabel="iteration", ylabel=f"training: {preset['loss'].upper()}, weighted; held-out: MSE", yscale=scale)
    iterations, millimetres = _columns(facts["validation"], "first_action_mm")
    still = facts["validation"][-1].get("still_mm", [0.0] * 3)
    for axis, values, motionless in zip("xyz", np.array(millimetres).T, still, strict=True):
        (line,) = error.plot(iterations, values, label=axis)
        error.axhline(motionless, color=line.get_color(), linestyle=":", linewidth=1)
    error.set(xlabel="iteration", ylabel="first action, mean |error|, mm (dotted: standing still)", ylim=(0, None))
    for axes in (loss, error):
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(folder / "loss.png", dpi=110)


def _columns(rows: list[dict[str, Any]], key: str) -> tuple[list[int], list[Any]]:
    return [row["iteration"] for row in rows], [row[key] for row in rows]
