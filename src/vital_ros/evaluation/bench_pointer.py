"""The registered pointer in random cluttered scenes of evaluation seeds: right answers, false ones, 3D error, time."""

from __future__ import annotations

import sys

import numpy as np

from vital_ros.config import load_config
from vital_ros.evaluation.pointing import Look, PointingTrials
from vital_ros.localization.pointers import make_pointer
from vital_ros.sim.tasks import TASKS

SCENES = 200
"""A task."""
FIRST_SEED = 100_000


def measure(scenes: int = SCENES, first_seed: int = FIRST_SEED) -> dict[str, float]:
    """Of each task and of all: shares in %, errors in mm of the right answers, time of an answer in ms."""
    config = load_config()
    pointer = make_pointer(config)
    everything: list[Look] = []
    figures: dict[str, float] = {}
    for task in TASKS:
        trials = PointingTrials(task, pointer, config)
        looks: list[Look] = []
        for three in trials.looks(range(first_seed, first_seed + scenes)):
            looks += three
            for look in three:
                if look.present != look.right:
                    print(f"{task}, seed {look.seed}, '{look.query}': {look.message or look.error}", file=sys.stderr)
        trials.close()
        figures |= {f"{task}_{name}": value for name, value in figures_of(looks).items()}
        everything += looks
    return figures | figures_of(everything)


def figures_of(looks: list[Look]) -> dict[str, float]:
    """Raise ValueError when no object was found, or none was absent."""
    present = [look for look in looks if look.present]
    absent = [look for look in looks if not look.present]
    errors = [1e3 * look.error for look in present if look.right and look.error is not None]
    if not errors or not absent:
        raise ValueError("no right answer, or no scene without the object")
    times = [1e3 * look.pointing_time for look in present if look.pointing_time is not None]
    return {
        "right_percent": round(100 * len(errors) / len(present), 2),
        "false_percent": round(100 * sum(look.error is not None for look in absent) / len(absent), 2),
        "median_error_mm": round(float(np.median(errors)), 2),
        "p95_error_mm": round(float(np.percentile(errors, 95)), 2),
        "p50_ms": round(float(np.median(times)), 1),
    }
