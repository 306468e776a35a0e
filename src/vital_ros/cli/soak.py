"""`./vital soak`: a simulated deployment for half an hour: nothing may grow, be left behind or be skipped."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vital_ros.evaluation.soak import Sample

PERIOD = 5.0
"""s between two samples."""
PATIENCE = 30.0
"""s for a graph to end."""
ENDLESS = 1_000_000
"""Episodes: more than any soak has time for."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--task", default="key_lock", help="(default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=30.0, help="(default: %(default)s)")
    parser.add_argument(
        "--memory", type=float, default=20.0, metavar="MB", help="growth allowed (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, help="run folder (default: runs/<date>-soak-<task>)")
    parser.epilog = (
        "Exit code 0: nothing grew and nothing was left; 1: something did; 2: bad arguments; 3: the graph failed."
    )


def run(arguments: argparse.Namespace) -> int:
    from vital_ros.config import ConfigError, load_config

    try:
        load_config().task(arguments.task)
        if arguments.minutes <= 0:
            raise ConfigError(f"--minutes {arguments.minutes:g}: it should be above 0")
    except ConfigError as error:
        print(f"vital soak: {error}", file=sys.stderr)
        return 2
    out = arguments.out or Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-soak-{arguments.task}"
    return _soak(arguments.task, 60 * arguments.minutes, arguments.memory, out)


def _soak(task: str, seconds: float, memory: float, out: Path) -> int:
    import psutil

    from vital_ros.evaluation.report import write_json
    from vital_ros.evaluation.soak import problems, segments, soak_report
    from vital_ros.evaluation.soak_figure import soak_figure

    before = segments()
    settings = {"task": task, "episodes": ENDLESS, "headless": "true", "video": "false", "run_dir": out}
    words = [f"{name}:={value}" for name, value in settings.items()]
    command = [sys.executable, "-m", "vital_ros.cli.main", "deploy", *words]
    out.mkdir(parents=True, exist_ok=True)
    with (out / "deploy.log").open("w") as log:
        graph = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    tree: list[psutil.Process] = []
    try:
        samples = _watch(graph, seconds, tree)
    finally:
        graph.terminate()
        graph.wait(PATIENCE)
    if not (out / "report.json").is_file() or graph.returncode not in (0, 130):
        print(f"vital soak: the graph failed (exit code {graph.returncode}); see {out / 'deploy.log'}", file=sys.stderr)
        return 3
    left = psutil.wait_procs(tree, timeout=1.0)[1]
    told: dict[str, Any] = soak_report(
        samples, json.loads((out / "report.json").read_text()), len(left), sorted(segments() - before)
    )
    found = problems(told, memory)
    write_json(out / "soak.json", {**told, "problems": found})
    soak_figure(out / "soak.png", f"{task}, {told['minutes']:g} minutes, {told['episodes']} episodes", samples)
    print(f"{told['successes']} of {told['episodes']} succeeded, {told['skipped_ticks']} ticks skipped, memory grew by "
          f"{told['memory_growth_mb']:g} MB. Run folder: {out}  Picture: {out / 'soak.png'}")  # fmt: skip
    for line in found:
        print(f"  {line}")
    return 1 if found else 0


def _watch(graph: subprocess.Popen[bytes], seconds: float, tree: list[Any]) -> list[Sample]:
    """Samples until the time is over or the graph has ended; `tree` grows by every process that was seen."""
    import psutil
    from rich.console import Console
    from rich.progress import Progress

    from vital_ros.evaluation.soak import sample

    root, begin, samples = psutil.Process(graph.pid), time.monotonic(), []
    with Progress(console=Console(), disable=not sys.stdout.isatty()) as bar:
        job = bar.add_task("soaking", total=seconds)
        while (elapsed := time.monotonic() - begin) < seconds and graph.poll() is None:
            samples.append(sample(root, elapsed))
            tree += [process for process in root.children(recursive=True) if process not in tree]
            bar.update(job, completed=elapsed)
            try:
                graph.wait(min(PERIOD, seconds - elapsed))
            except subprocess.TimeoutExpired:
                continue
    return samples
