"""The benchmarks behind `./vital bench`: every module `bench_<name>` of this package is one.

Its `measure() -> dict[str, float]` runs once and returns figures whose names end in their unit.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from statistics import median
from typing import Any

import vital_ros.evaluation

PREFIX = "bench_"


def names() -> list[str]:
    modules = (module.name for module in iter_modules(vital_ros.evaluation.__path__))
    return sorted(name.removeprefix(PREFIX) for name in modules if name.startswith(PREFIX))


def measure(name: str, repeats: int) -> dict[str, dict[str, Any]]:
    """Figure name to its median over the repeats and all values in the order measured."""
    module = import_module(f"vital_ros.evaluation.{PREFIX}{name}")
    runs = [module.measure() for _ in range(repeats)]
    return {
        figure: {"median": median(run[figure] for run in runs), "values": [run[figure] for run in runs]}
        for figure in runs[0]
    }
