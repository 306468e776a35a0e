"""What recording costs control: the tick's lateness with and without it, in turns, in one run."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from vital_ros.evaluation.bench_deploy import deploy

EPISODES, TURNS = 6, 3
"""Of every deployment; deployments with, and as many without."""
FIGURES = ("tick_late_p50_ms", "tick_late_p99_ms", "ticks_skipped")


def measure() -> dict[str, float]:
    """Medians over the turns, and what recording adds to the 99th percentile; raise RuntimeError."""
    told: dict[str, list[dict[str, float]]] = {"true": [], "false": []}
    for _ in range(TURNS):
        for record, runs in told.items():
            with TemporaryDirectory() as folder:
                runs.append(deploy(Path(folder), EPISODES, f"record:={record}"))
    names = {"true": "recording", "false": "without"}
    figures = {
        f"{names[record]}_{figure}": round(median(run[figure] for run in runs), 3)
        for record, runs in told.items()
        for figure in FIGURES
    }
    added = figures["recording_tick_late_p99_ms"] - figures["without_tick_late_p99_ms"]
    return figures | {"added_to_p99_ms": round(added, 3)}
