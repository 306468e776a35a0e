"""`./vital eval`: trials of a policy or of the expert in the simulated cell, in-process or through the graph."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vital_ros.evaluation.trial import TrialResult
    from vital_ros.evaluation.trials import Trials

EVALUATION_SEEDS = 100_000
REACHING = "reaching"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--task", required=True, help="a file of config/tasks, such as key_lock")
    parser.add_argument(
        "--policy", help="'expert', a policy of models/<task>, or a path (default: vital, without one vital_bc)"
    )
    parser.add_argument(
        "--pipeline", action="store_true",
        help="localise and reach first: the object is looked for in the third camera's picture (paper, Table 5)",
    )  # fmt: skip
    parser.add_argument(
        "--graph", action="store_true", help="with --pipeline: each trial as `./vital deploy` does it, in real time"
    )
    parser.add_argument(
        "--real-time-factor", type=float, default=1.0, metavar="F",
        help="with --graph: speed of the simulated cell (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument(
        "--run-dir", type=Path, metavar="DIR",
        help="with --graph: folder for one run folder per trial (default: runs/<date>-eval-<task>)",
    )  # fmt: skip
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--condition",
        help=f"an entry of config/conditions.yaml (default: in_domain, of the whole pipeline {REACHING})",
    )
    where.add_argument("--scene", type=Path, metavar="FILE", help="a scene file instead, see docs/scenes.md")
    parser.add_argument("--episodes", type=int, default=20, help="number of trials (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=EVALUATION_SEEDS, help="of the first (default: %(default)s)")
    parser.add_argument(
        "--execution", choices=["ensemble", "newest"],
        help="how chunks become actions (default: the policy's own)",
    )  # fmt: skip
    parser.add_argument(
        "--expert-error", type=float, default=0.0, metavar="MM", help="constant sideways error of the expert, mm"
    )
    parser.add_argument("--processes", type=int, help="trials side by side (default: the number of cores)")
    parser.add_argument("--videos", type=Path, metavar="DIR", help="folder for one mp4 per trial")
    parser.add_argument("--report", type=Path, metavar="FILE", help="JSON; a figure of the same name stands beside it")
    parser.add_argument("--config", type=Path, help="configuration folder (default: the installed one)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when every trial was played; with one line 2 when something is unusable, 3 when a trial broke."""
    from vital_ros.config import ConfigError
    from vital_ros.evaluation.trials import TrialFailed
    from vital_ros.graph import ArgumentError
    from vital_ros.policy import PolicyError
    from vital_ros.sim import RenderError

    try:
        trials = _prepare(args)
        _report(args, trials, _play(trials, 1 if args.graph else args.processes))
    except (ArgumentError, ConfigError, PolicyError, RenderError) as error:
        print(f"vital eval: {error}", file=sys.stderr)
        return 2
    except TrialFailed as error:
        print(f"vital eval: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("vital eval: interrupted", file=sys.stderr)
        return 130
    return 0


def _prepare(args: argparse.Namespace) -> Trials:
    """Everything that can be wrong is found here, before the first trial."""
    from vital_ros.config import ConfigError, load_config, share_directory
    from vital_ros.evaluation.trials import EXPERT, IN_DOMAIN, Trials
    from vital_ros.policy import default_policy
    from vital_ros.sim.conditions import load_condition, scene_condition

    if args.episodes < 1 or (args.processes is not None and args.processes < 1):
        raise ConfigError("--episodes and --processes: at least 1")
    if args.seed < 0:
        raise ConfigError(f"--seed {args.seed}: at least 0")
    if args.expert_error and args.policy != EXPERT:
        raise ConfigError("--expert-error goes with --policy expert only")
    _check_graph(args)
    config = load_config(args.config)
    config.task(args.task)
    if args.scene:
        condition = scene_condition(config, args.scene, args.task)
    else:
        name = args.condition or (REACHING if args.pipeline else IN_DOMAIN)
        condition = load_condition(config, name, args.task)
    policy = args.policy
    if policy is None or (policy != EXPERT and not Path(policy).with_suffix(".json").exists()):
        models = share_directory("models") / args.task
        policy = models / (policy or default_policy(models))
    for folder in (args.videos, args.run_dir, args.report and args.report.parent):
        if folder:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ConfigError(f"cannot write to {folder} ({error.strerror})") from None
    if args.run_dir and any(args.run_dir.iterdir()):
        raise ConfigError(f"--run-dir {args.run_dir}: it should be empty")
    seeds = range(args.seed, args.seed + args.episodes)
    if args.graph:
        from vital_ros.evaluation.graph_trials import GraphTrials

        run_dir = args.run_dir or Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-eval-{args.task}"
        return GraphTrials(
            args.task, policy, seeds, config, args.execution,
            condition=condition, run_dir=run_dir, real_time_factor=args.real_time_factor,
        )  # fmt: skip
    return Trials(
        args.task, policy, seeds, config, args.execution,
        condition=condition, expert_error=1e-3 * args.expert_error, pipeline=args.pipeline, videos=args.videos,
    )  # fmt: skip


def _check_graph(args: argparse.Namespace) -> None:
    """Raise ConfigError for options that do not go together."""
    from vital_ros.config import ConfigError
    from vital_ros.evaluation.trials import EXPERT

    in_process = {
        "--policy expert": args.policy == EXPERT,
        "--processes": args.processes is not None,
        "--videos": args.videos is not None,
    }
    through_the_graph = {"--real-time-factor": args.real_time_factor != 1.0, "--run-dir": args.run_dir is not None}
    for option, given in (in_process if args.graph else through_the_graph).items():
        if given:
            raise ConfigError(f"{option} {'does not go with --graph' if args.graph else 'goes with --graph only'}")
    if args.graph and not args.pipeline:
        raise ConfigError("--graph goes with --pipeline only")


def _play(trials: Trials, processes: int | None) -> list[TrialResult]:
    import os

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from vital_ros.evaluation.trials import run_trials

    done = successes = 0
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    ) as bar:  # fmt: skip
        job = bar.add_task(f"{trials.task}, {trials.condition.name}", total=len(trials))

        def show(result: TrialResult) -> None:
            nonlocal done, successes
            done, successes = done + 1, successes + result.success
            text = f"{trials.task}, {trials.condition.name}: {successes} of {done} succeeded"
            bar.update(job, advance=1, description=text)

        return run_trials(trials, processes or len(os.sched_getaffinity(0)), show)


def _report(args: argparse.Namespace, trials: Trials, results: list[TrialResult]) -> None:
    from dataclasses import asdict

    import numpy as np

    from vital_ros.evaluation.breakdown import causes, shares, stages, wilson
    from vital_ros.evaluation.graph_trials import GraphTrials
    from vital_ros.evaluation.pipeline import LIMITS
    from vital_ros.evaluation.report import percentiles, run_report, write_json
    from vital_ros.evaluation.trials_figure import trials_figure

    groups, ends = shares(results), causes(results)
    if len(groups) > 1:
        for group in groups:
            print(f"  {group.label}: {group.successes} of {group.trials}")
    failures = ", ".join(f"{name} {count}" for name, count in ends.items() if name != "success")
    successes = sum(result.success for result in results)
    print(f"{successes} of {len(results)} succeeded" + (f"; {failures}" if failures else ""))
    if errors := [1e3 * result.contact_error for result in results if result.contact_error is not None]:
        median, p90 = np.median(errors), np.percentile(errors, 90)
        print(f"  sideways error at first contact: median {median:.2f} mm, p90 {p90:.2f} mm, of {len(errors)}")
    if args.pipeline:
        print(f"  failures began at: {', '.join(f'{stage} {count}' for stage, count in stages(results).items())}")
        if errors := [1e3 * r.localization_error for r in results if r.localization_error is not None]:
            median, p95 = np.median(errors), np.percentile(errors, 95)
            print(f"  localised within: median {median:.2f} mm, p95 {p95:.2f} mm, of {len(errors)}")
    if isinstance(trials, GraphTrials):
        late = percentiles([lateness for result in results for lateness in result.lateness])
        told = ", ".join(f"{name.removesuffix('_ms')} {value:.1f} ms" for name, value in late.items())
        print(f"  ticks late by: {told or 'none'}; {sum(result.skipped for result in results)} skipped")
        print(f"  run folders: {trials.run_dir}")
    if not args.report:
        return
    condition = trials.condition
    settings: dict[str, Any] = {
        "task": trials.task, "policy": str(trials.policy), "weights_sha256": trials.weights_sha256,
        "execution": trials.execution, "own_execution": trials.own_execution,
        "seed": args.seed, "episodes": len(trials),
        "condition": condition.name, "condition_title": condition.title, "expert_error_mm": args.expert_error,
    }  # fmt: skip
    if args.pipeline:
        settings |= {"through": "in-process", "pointer": trials.pointer} | asdict(LIMITS)
    if args.graph:  # whose calibration is exact
        exact = {"hand_eye_offset": 0.0, "hand_eye_turn": 0.0}
        settings |= {"through": "graph", "real_time_factor": args.real_time_factor} | exact
    report = run_report(settings, list(results))
    report["interval_95"] = wilson(successes, len(results))
    report["causes"] = ends
    if args.pipeline:
        report["stages"] = stages(results)
    report["combinations"] = [group._asdict() for group in groups]
    write_json(args.report, report)
    title = f"{trials.task}, {Path(trials.policy).name}, {condition.name}"
    trials_figure(args.report.with_suffix(".png"), title, results)
