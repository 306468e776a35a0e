"""`./vital demos`: demonstrations of a task by the scripted expert, as episodes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

FILMED = 3
TRAINING_SEEDS = 10_000
"""Demonstrations use seeds below, evaluation seeds from 100,000 up: they never meet."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--task", required=True, help="a file of config/tasks, such as key_lock")
    parser.add_argument("-n", "--count", type=int, default=32, help="successful episodes to write (default: 32)")
    parser.add_argument("--out", type=Path, help="folder of the episodes (default: data/<task>)")
    parser.add_argument("--seed", type=int, default=0, help=f"of the first attempt, below {TRAINING_SEEDS}")
    parser.add_argument("--config", type=Path, help="configuration folder (default: the installed one)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0, or 2 with one line when an argument, the config or the machine is unusable."""
    from vital_ros.config import ConfigError
    from vital_ros.sim import RenderError

    try:
        return _run(args)
    except (ConfigError, RenderError, RuntimeError, FileExistsError) as error:
        print(f"vital demos: {error}", file=sys.stderr)
        return 2


def _run(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from vital_ros.config import ConfigError, load_config
    from vital_ros.sim.contact_sheet import contact_sheet, film
    from vital_ros.sim.demonstrate import Demonstration, demonstrate

    if args.count < 1:
        raise ConfigError(f"--count {args.count}: at least 1")
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
        job = bar.add_task(args.task, total=args.count)

        def show(attempt: Demonstration) -> None:
            nonlocal failures
            failures += not attempt.success
            bar.update(job, advance=attempt.success, description=f"{args.task}, {failures} failed")

        attempts = demonstrate(args.task, args.count, out, args.seed, config, FILMED, show)
    contact_sheet(out / "contact_sheet.png", attempts)
    film(out / "film.mp4", attempts, limits.tactile_limit)
    seconds = sum(a.duration for a in attempts if a.success)
    print(f"{out}: {args.count} demonstrations, {seconds:.0f} s, {failures} failed attempts; see contact_sheet.png")
    return 0
