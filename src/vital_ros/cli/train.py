"""`./vital train`: a policy from demonstrations, or its residual. Docs: docs/policies.md, docs/residual.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vital_ros.cli import train_residual

if TYPE_CHECKING:  # torch takes seconds to import: only when training, not for --help
    from vital_ros.learning.dataset import Demonstrations
    from vital_ros.learning.train_bc import BehaviourCloning, Progress

LINE_EVERY = 50  # iterations, where there is no terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "method", choices=["bc", "residual"],
        help="bc: behaviour cloning (paper 3.1); residual: reinforcement learning on top of it, in simulation (3.2)",
    )  # fmt: skip
    parser.add_argument("--task", required=True, help="a file of config/tasks, such as key_lock")
    parser.add_argument("--policy", default="vital_bc", help="a file of config/policies (default: %(default)s)")
    parser.add_argument("--preset", default="cpu", help="a preset of that file: cpu or paper (default: %(default)s)")
    parser.add_argument("--demos", type=Path, help="folder of episodes (default: data/<task>)")
    parser.add_argument(
        "--out",
        type=Path,
        help="folder of the run, continued if it exists (default: runs/train_<task>, runs/residual_<task>)",
    )
    parser.add_argument("--config", type=Path, help="configuration folder (default: the installed one)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="CPU threads (default: all; 1 when the machine is busy)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: %(default)s, a GPU if present)")
    parser.add_argument(
        "--masks",
        choices=["pipeline", "truth"],
        default="pipeline",
        help="what tells the background: ./vital masks, or for comparison the simulator (default: %(default)s)",
    )
    parser.add_argument(
        "--backgrounds", type=Path, metavar="FOLDER",
        help="pictures that backgrounds are cut from, such as those of ./vital backgrounds (default: made up)",
    )  # fmt: skip
    parser.add_argument("--skip-bad", action="store_true", help="train without the episodes that cannot be used")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a switch of the policy, such as network.encoder=resnet18 or presets.cpu.loss=nll, or of the "
        "residual, such as algorithm=sac; repeatable",
    )
    train_residual.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Exit code 0, or 2 with one line when the arguments or run folder are unusable, one for each bad episode."""
    from vital_ros.bags import EpisodeError
    from vital_ros.config import ConfigError
    from vital_ros.learning.dataset import BadEpisodes
    from vital_ros.learning.state import TrainingError
    from vital_ros.policy import PolicyError
    from vital_ros.sim import RenderError

    try:
        return train_residual.train(args) if args.method == "residual" else _train(args)
    except BadEpisodes as error:
        print("\n".join([*error.problems, f"vital train: {error}"]), file=sys.stderr)
        return 2
    except (ConfigError, EpisodeError, PolicyError, RenderError, TrainingError) as error:
        print(f"vital train: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"vital train: {error.filename or args.out}: {error.strerror or error}", file=sys.stderr)
        return 2


def _train(args: argparse.Namespace) -> int:
    import torch

    from vital_ros.augmentation.textures import Textures
    from vital_ros.config import ConfigError, load_config
    from vital_ros.config.settings import changed
    from vital_ros.learning.dataset import Demonstrations
    from vital_ros.learning.team import join, leave
    from vital_ros.learning.train_bc import BehaviourCloning
    from vital_ros.policy.contract import observation_contract

    config = load_config(args.config)
    task, policy = config.task(args.task), changed(config.policy(args.policy), args.set)
    if args.preset not in policy.presets:
        raise ConfigError(f"unknown preset '{args.preset}' of {policy.name}; known: {', '.join(policy.presets)}")
    if args.seed < 0:
        raise ConfigError(f"--seed {args.seed}: at least 0")
    if args.threads is not None:
        if args.threads < 1:
            raise ConfigError(f"--threads {args.threads}: at least 1")
        torch.set_num_threads(args.threads)
    team = join(args.device)
    demos = args.demos or Path("data") / task.name
    out = args.out or Path("runs") / f"train_{task.name}"
    contract = observation_contract(config)
    masks = args.masks if policy.augmentation_of(args.preset).background > 0 else None
    if args.backgrounds is not None and masks is None:
        raise ConfigError(f"--backgrounds {args.backgrounds}: policy {policy.name} replaces no backgrounds")
    textures = Textures(args.backgrounds) if args.backgrounds is not None else None
    network = policy.network
    data = Demonstrations.load(demos, task.name, contract, policy.action_frame, network.chunk, masks, args.skip_bad)
    if team.first:
        _tell(demos, data)
    training = BehaviourCloning(data, contract, task.name, policy, args.preset, out, args.seed, team, textures)
    if team.first and (done := training.facts["iteration"]):
        print(f"{out}: continuing at iteration {done}", flush=True)
    if team.first:
        _run_with_progress(training)
        print(f"trained: {out / policy.name}.safetensors")
    else:
        training.run()
    leave()
    return 0


def _tell(demos: Path, data: Demonstrations) -> None:
    """What is learned from, and what is not and why."""
    from vital_ros.learning.dataset import NOT_SUCCESSFUL

    print(f"{demos}: {len(data.names)} episodes, {len(data.samples)} samples", flush=True)
    if failures := sum(reason == NOT_SUCCESSFUL for reason in data.left_out.values()):
        print(f"left out: {failures} {NOT_SUCCESSFUL}", flush=True)
    for reason in data.left_out.values():
        if reason != NOT_SUCCESSFUL:
            print(f"left out: {reason}", file=sys.stderr, flush=True)


def _run_with_progress(training: BehaviourCloning) -> None:
    """A bar on a terminal, a line every now and then elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console()
    if not console.is_terminal:
        training.run(on_progress=_print_line)
        return
    with Bar(
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
        console=console,
    ) as bar:
        job = bar.add_task("", total=training.preset.iterations, completed=training.facts["iteration"])
        training.run(on_progress=lambda p: bar.update(job, completed=p.iteration, description=_describe(p)))


def _print_line(progress: Progress) -> None:
    if progress.iteration % LINE_EVERY == 0 or progress.iteration == progress.iterations:
        print(f"{progress.iteration}/{progress.iterations} {_describe(progress)}", flush=True)


def _describe(progress: Progress) -> str:
    line = f"loss {progress.loss:.5f}"
    if progress.validation_mm and progress.still_mm:
        error, still = (" ".join(f"{e:.2f}" for e in mm) for mm in (progress.validation_mm, progress.still_mm))
        line += f", held-out |error| {error} mm (standing still: {still})"
    return line
