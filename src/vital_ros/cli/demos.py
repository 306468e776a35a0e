"""`./vital demos`: demonstrations of a task by the scripted expert, as episodes."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

FILMED = 3
TRAINING_SEEDS = 10_000
"""Demonstrations use seeds below, evaluation seeds from 100,000 up: they never meet."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--task", required=True, help="a file of config/tasks, such as key_lock")
    parser.add_argument("-n", "--count", type=int, default=32, help="successful episodes to write (default: 32)")
    parser.add_argument(
        "--out", type=Path, help="folder of the episodes, continued if it exists (default: data/<task>)"
    )
    parser.add_argument("--seed", type=int, default=0, help=f"of the first attempt, below {TRAINING_SEEDS}")
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, help="attempts side by side (default: one a core)"
    )
    parser.add_argument("--config", type=Path, help="configuration folder (default: the installed one)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0, or 2 with one line when an argument, the config or the machine is unusable."""
    from vital_ros.config import ConfigError
    from vital_ros.sim import RenderError

    try:
        return _run(args)
    except (ConfigError, RenderError, RuntimeError) as error:
        print(f"vital demos: {error}", file=sys.stderr)
        return 2


def _run(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from vital_ros.config import ConfigError, load_config
    from vital_ros.sim.contact_sheet import contact_sheet, film
    from vital_ros.sim.demonstrate import Demonstration, demonstrate

    if args.count < 1 or args.processes < 1:
        raise ConfigError("--count and --processes: at least 1")
    if not 0 <= args.seed < TRAINING_SEEDS:
        raise ConfigError(f"--seed {args.seed}: 0 to {TRAINING_SEEDS - 1} (higher ones are for evaluation)")
    config = load_config(args.config)
    limits = config.task(args.task)
    out = args.out or Path("data") / args.task
    failures = 0
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as bar:
        there = len(list(out.glob(f"{args.task}_*/metadata.yaml")))
        job = bar.add_task(args.task, total=args.count, completed=min(there, args.count))

        def show(attempt: Demonstration) -> None:
            nonlocal failures
            failures += not attempt.success
            bar.update(job, advance=int(attempt.success), description=f"{args.task}, {failures} failed")

        attempts = demonstrate(
            args.task, args.count, out, args.seed, config, filmed=FILMED, processes=args.processes, on_attempt=show
        )
    if not attempts:
        print(f"{out}: all {args.count} demonstrations are there already")
        return 0
    contact_sheet(out / "contact_sheet.png", attempts)
    if any(attempt.third for attempt in attempts):
        film(out / "film.mp4", attempts, limits.tactile_limit)
    seconds = sum(a.duration for a in attempts if a.success)
    kept = args.count - sum(a.success for a in attempts)
    before = f", {kept} of them were there" if kept else ""
    size = sum(path.stat().st_size for path in out.glob("*/*.mcap")) / 1e6
    print(
        f"{out}: {args.count} demonstrations{before}, {seconds:.0f} s, {size:.0f} MB, {failures} failed attempts; "
        "see contact_sheet.png and film.mp4"
    )
    return 0
