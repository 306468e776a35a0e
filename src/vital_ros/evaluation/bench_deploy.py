"""The whole graph at wall-clock rate, as `./vital deploy` runs it: success, punctuality, start, memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

TASK = "key_lock"
EPISODES = 20
GIB = 2**30


def measure() -> dict[str, float]:
    """20 unseen seeds with each way of executing a chunk; raise RuntimeError when the graph fails."""
    figures: dict[str, float] = {}
    for execution in ("newest", "ensemble"):
        with TemporaryDirectory() as folder:
            deployed = deploy(Path(folder), EPISODES, f"execution:={execution}")
            figures |= {f"{execution}_{name}": value for name, value in deployed.items()}
    return figures


def deploy(folder: Path, episodes: int, argument: str) -> dict[str, float]:
    """Figures of one deployment with a further launch argument; raise RuntimeError when the graph fails."""
    arguments = [f"task:={TASK}", f"episodes:={episodes}", argument, "headless:=true", "video:=false"]
    command = [sys.executable, "-m", "vital_ros.cli.main", "deploy", *arguments, f"run_dir:={folder / 'run'}"]
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    moving, peak, lines = 0.0, 0, []
    for line in process.stdout or ():
        lines.append(line.strip())
        if not moving and ": reach" in line:
            moving = time.monotonic() - begin
        if ": local policy" not in line:  # to count it takes long enough to make a tick late
            peak = max(peak, _held(process.pid))
    if process.wait():
        raise RuntimeError(f"deploy {argument} ended with exit code {process.returncode}: {lines[-1:]}")
    report = json.loads((folder / "run" / "report.json").read_text())
    return {
        f"successes_of_{episodes}": report["successes"],
        "start_to_motion_s": round(moving, 2),
        "tick_late_p50_ms": report["lateness"]["p50_ms"],
        "tick_late_p99_ms": report["lateness"]["p99_ms"],
        "ticks_skipped": report["skipped_ticks"],
        "reaction_p99_ms": report["reaction"]["p99_ms"],
        "memory_gib": round(peak / GIB, 3),
    }


def _held(root: int) -> int:
    """Memory that a process and all below it hold together, bytes; shared pages count once."""
    try:
        parent = psutil.Process(root)
        return sum(process.memory_full_info().pss for process in [parent, *parent.children(recursive=True)])
    except psutil.Error:  # one has ended while they were counted
        return 0
