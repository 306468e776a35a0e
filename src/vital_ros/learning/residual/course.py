"""How a training goes: what its state file remembers beside the weights, and what is made of it to look at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vital_ros.policy.checkpoint import replace

WINDOW = 20
"""Training episodes over which success is averaged."""


@dataclass(frozen=True)
class Progress:
    """What is known after an update or an episode."""

    step: int
    """Environment steps learned from."""
    collected: int
    steps: int
    """Of the whole training."""
    episodes: int
    recent: float
    """Share of successes in the newest `WINDOW` episodes, with exploration."""
    base_only: float | None
    """Share of successes of the base policy alone, on the evaluation's seeds."""
    evaluated: float | None
    """The same of the newest residual that was evaluated."""
    utd: float
    """Critic updates per environment step, as reached until now."""


def steps_to_streak(episodes: list[dict[str, Any]], length: int = WINDOW) -> int | None:
    """Environment steps until the first `length` successes in a row; None: not yet."""
    steps = streak = 0
    for episode in episodes:
        steps += episode["steps"]
        streak = streak + 1 if episode["success"] else 0
        if streak == length:
            return steps
    return None


def write_course(folder: Path, facts: dict[str, Any], episodes: list[dict[str, Any]]) -> None:
    """metrics.json and learning.png; `episodes` hold name, steps and success in the order they were played."""
    metrics = {**facts, "steps_to_20_successes": steps_to_streak(episodes), "episodes": episodes}
    replace(folder / "metrics.json", (json.dumps(metrics, indent=2) + "\n").encode())
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    success, value = figure.subplots(1, 2)
    ends = np.cumsum([episode["steps"] for episode in episodes])
    won = np.array([float(bool(episode["success"])) for episode in episodes])
    if len(won):
        sums = np.cumsum(np.insert(won, 0, 0.0))
        begins = np.maximum(np.arange(1, len(won) + 1) - WINDOW, 0)
        means = (sums[1:] - sums[begins]) / (np.arange(1, len(won) + 1) - begins)
        success.plot(ends, means, label=f"training, mean of {WINDOW}")
    base = [e for e in facts["evaluations"] if e["base_only"]]
    tried = [e for e in facts["evaluations"] if not e["base_only"]]
    for entry in base:
        success.axhline(entry["successes"] / entry["episodes"], color="grey", linestyle="--", label="base only")
    if tried:
        rates = [e["successes"] / e["episodes"] for e in tried]
        success.plot([e["step"] for e in tried], rates, "o-", label="with residual")
    success.set(xlabel="environment steps", ylabel="success", ylim=(-0.03, 1.03))
    rows = facts["losses"]
    value.plot([row["step"] for row in rows], [row["value"] for row in rows], label="value")
    value.plot([row["step"] for row in rows], [row["critic_loss"] for row in rows], label="critic's loss")
    value.set(xlabel="environment steps")
    for axes in (success, value):
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            axes.legend()
    figure.savefig(folder / "learning.png", dpi=110)
