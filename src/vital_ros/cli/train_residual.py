"""`./vital train residual`: what lifts a cloned policy, learned in the simulated cell. Docs: docs/residual.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vital_ros.learning.residual.course import Progress
    from vital_ros.learning.residual.training import ResidualTraining

LINE_EVERY = 100  # environment steps, where there is no terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("residual")
    group.add_argument("--base", type=Path, help="policy to correct, a path (default: models/<task>/vital_bc)")
    group.add_argument("--variant", help="a variant of config/residual.yaml, such as as_released or rlpd")
    group.add_argument(
        "--steps", type=int, default=16_000, help="environment steps (default: %(default)s, the paper's)"
    )
    group.add_argument("--evaluate-every", type=int, default=2_000, metavar="STEPS", help="(default: %(default)s)")
    group.add_argument("--evaluation-episodes", type=int, default=20, metavar="N", help="(default: %(default)s)")


def train(args: argparse.Namespace) -> int:
    """Raise ConfigError, PolicyError, EpisodeError or TrainingError for what cannot be used."""
    from vital_ros.config import ConfigError, load_config, share_directory
    from vital_ros.config.settings import changed
    from vital_ros.learning.residual.training import ResidualTraining

    if min(args.evaluate_every, args.evaluation_episodes) < 1 or args.seed < 0:
        raise ConfigError("--evaluate-every and --evaluation-episodes: at least 1; --seed: at least 0")
    config = load_config(args.config)
    task, settings = config.task(args.task), config.residual
    settings = changed(settings.variant(args.variant) if args.variant else settings, args.set)
    out = args.out or Path("runs") / f"residual_{task.name}"
    training = ResidualTraining(
        config,
        task.name,
        args.base or share_directory("models") / task.name / "vital_bc",
        settings,
        out,
        args.steps,
        args.seed,
        args.evaluate_every,
        args.evaluation_episodes,
        lambda message: print(message, file=sys.stderr, flush=True),
    )
    if settings.demonstrations:
        training.add_demonstrations(args.demos or Path("data") / task.name, config, args.masks)
    if episodes := training.progress().episodes:
        print(f"{out}: continuing with {episodes} episodes at step {training.learner.step}", flush=True)
    _run_with_progress(training)
    for entry in training.facts["evaluations"]:
        who = "base only" if entry["base_only"] else f"step {entry['step']}"
        print(f"  {who}: {entry['successes']} of {entry['episodes']}")
    print(f"trained: {out / training.card.policy}.safetensors")
    return 0


def _run_with_progress(training: ResidualTraining) -> None:
    """A bar on a terminal, a line every now and then elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console()
    if not console.is_terminal:
        training.run(on_progress=_Lines())
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Bar(*columns, TextColumn("{task.description}"), console=console) as bar:
        job = bar.add_task("", total=training.steps, completed=training.learner.step)
        training.run(on_progress=lambda p: bar.update(job, completed=p.step, description=_describe(p)))


class _Lines:
    """Prints one for every so many steps."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self, progress: Progress) -> None:
        if progress.collected >= self._next:
            self._next = progress.collected + LINE_EVERY
            print(f"{progress.step}/{progress.steps} {_describe(progress)}", flush=True)


def _describe(progress: Progress) -> str:
    line = f"{progress.episodes} episodes, {progress.recent:.0%} of the newest succeeded"
    if progress.base_only is not None:
        line += f"; base only {progress.base_only:.0%}"
    if progress.evaluated is not None:
        line += f", with residual {progress.evaluated:.0%}"
    return f"{line}; {progress.collected - progress.step} steps behind, UTD {progress.utd:.1f}"
