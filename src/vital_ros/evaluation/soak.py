"""What a deployment holds as time goes by: memory, open files, threads; and what it leaves when it has ended."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

WARM_UP = 0.2
"""Share of the run after which nothing should grow any more."""
ENDS = 0.1
"""Share of the rest whose median is its beginning, and its end."""
LEAST_SAMPLES = 20
SHARED_MEMORY = Path("/dev/shm")
PORTS = "fastdds_port"
MB = 1e6


@dataclass(frozen=True)
class Sample:
    """At one moment, of a process and all below it.

    Attributes:
        time: s since the start.
        memory: resident bytes by node; pages that processes share count for each.
        handles: open files, sockets and pipes of all.
        threads: of all.
    """

    time: float
    memory: dict[str, int]
    handles: int
    threads: int


def sample(root: psutil.Process, time: float) -> Sample:
    """Cheap: it reads no memory map, which would hold the process up that it belongs to."""
    memory: defaultdict[str, int] = defaultdict(int)
    handles = threads = 0
    for process in [root, *root.children(recursive=True)]:
        try:
            name, held = _node(process.cmdline()), process.memory_info().rss
            files, count = process.num_fds(), process.num_threads()
        except psutil.Error:  # it has ended meanwhile
            continue
        memory[name] += held
        handles, threads = handles + files, threads + count
    return Sample(time, dict(memory), handles, threads)


def segments() -> set[str]:
    """Names of the machine's shared memory segments, without the ports of Fast DDS.

    Those, 52 kB each and as many as there are processes, stay and are used again by the next graph on the domain.
    """
    names = {entry.name for entry in SHARED_MEMORY.iterdir()} if SHARED_MEMORY.is_dir() else set()
    return {name for name in names if not name.removeprefix("sem.").startswith(PORTS)}


def growth(values: Sequence[float]) -> float:
    """From the beginning to the end of what comes after the warm-up; 0 for too few values."""
    settled = values[round(WARM_UP * len(values)) :]
    if len(values) < LEAST_SAMPLES:
        return 0.0
    count = max(1, round(ENDS * len(settled)))
    return statistics.median(settled[-count:]) - statistics.median(settled[:count])


def soak_report(samples: Sequence[Sample], run: dict[str, Any], processes: int, left: Sequence[str]) -> dict[str, Any]:
    """Figures of a soak.

    Args:
        run: report.json of the deployment.
        processes: that were still there when it had ended.
        left: shared memory segments that were not there before.
    """
    nodes = sorted({name for taken in samples for name in taken.memory})
    by_node = {name: growth([taken.memory.get(name, 0) / MB for taken in samples]) for name in nodes}
    return {
        "minutes": round(samples[-1].time / 60, 1) if samples else 0.0,
        "samples": len(samples),
        "episodes": run["count"],
        "successes": run["successes"],
        "skipped_ticks": run["skipped_ticks"],
        "lateness": run["lateness"],
        "memory_growth_mb": round(growth([sum(taken.memory.values()) / MB for taken in samples]), 1),
        "memory_growth_by_node_mb": {name: round(value, 1) for name, value in by_node.items()},
        "handle_growth": growth([taken.handles for taken in samples]),
        "thread_growth": growth([taken.threads for taken in samples]),
        "processes_left": processes,
        "segments_left": sorted(left),
    }


def problems(report: dict[str, Any], memory_mb: float) -> list[str]:
    """What should not be, a line each.

    Args:
        memory_mb: growth after the warm-up that is allowed.
    """
    found = []
    if report["samples"] < LEAST_SAMPLES:
        found.append(f"{report['samples']} samples are too few to tell growth: let it run longer")
    if report["memory_growth_mb"] > memory_mb:
        found.append(f"memory grew by {report['memory_growth_mb']:g} MB after the warm-up, {memory_mb:g} are allowed")
    for key, what in (("handle_growth", "open files"), ("thread_growth", "threads")):
        if report[key] > 0:
            found.append(f"{what} grew by {report[key]:g}")
    for key, what in (("skipped_ticks", "ticks were skipped"), ("processes_left", "processes were left")):
        if report[key]:
            found.append(f"{report[key]} {what}")
    if report["segments_left"]:
        found.append(f"shared memory was left: {', '.join(report['segments_left'])}")
    return found


def _node(command: Sequence[str]) -> str:
    """`arm_gate` of `python -m vital_ros.nodes.arm_gate …`; the program's name of anything else."""
    module = next((word for word in command if word.startswith("vital_ros.")), "")
    return module.rpartition(".")[2] or Path(command[0] if command else "?").name
