"""`./vital eval`: trials of a policy or of the expert in the simulated cell, in-process."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

EVALUATION_SEEDS = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--task", required=True, help="a file of config/tasks, such as key_lock")
    parser.add_argument(
        "--policy", default="vital_bc", help="'expert', a policy of models/<task>, or a path (default: %(default)s)"
    )
    parser.add_argument("--episodes", type=int, default=20, help="number of trials (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=EVALUATION_SEEDS, help="of the first (default: %(default)s)")
    parser.add_argument(
        "--execution", choices=["ensemble", "newest"], default="ensemble",
        help="how chunks become actions (default: %(default)s, the paper's)",
    )  # fmt: skip
    parser.add_argument("--processes", type=int, default=1, help="trials side by side (default: %(default)s)")
    parser.add_argument("--appearance", type=Path, help="YAML file: table, texture, light, distractors")
    parser.add_argument("--videos", type=Path, help="folder for one mp4 per trial")
    parser.add_argument("--report", type=Path, metavar="FILE", help="JSON; a figure of the same name stands beside it")
    parser.add_argument("--config", type=Path, help="configuration folder (default: the installed one)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when every trial ended with a verdict, 2 with one line when something is unusable."""
    from vital_ros.config import ConfigError
    from vital_ros.policy import PolicyError
    from vital_ros.sim import RenderError

    try:
        return _run(args)
    except (ConfigError, PolicyError, RenderError) as error:
        print(f"vital eval: {error}", file=sys.stderr)
        return 2


def _run(args: argparse.Namespace) -> int:
    import torch

    from vital_ros.config import ConfigError, load_config, share_directory
    from vital_ros.evaluation.figures import summary_figure
    from vital_ros.evaluation.report import run_report, write_json
    from vital_ros.evaluation.trials import EXPERT, TrialResult, run_trials
    from vital_ros.sim import Appearance

    if args.episodes < 1 or args.processes < 1:
        raise ConfigError("--episodes and --processes: at least 1")
    torch.set_num_threads(1)  # several threads beside a simulator spin against each other
    config = load_config(args.config)
    policy = args.policy
    if policy != EXPERT and not Path(policy).with_suffix(".json").exists():
        policy = share_directory("models") / args.task / policy
    look = Appearance.load(args.appearance) if args.appearance else None
    if args.videos:
        args.videos.mkdir(parents=True, exist_ok=True)

    def show(result: TrialResult) -> None:
        error = f", came down {1e3 * result.face_error:.1f} mm off" if result.face_error is not None else ""
        print(f"seed {result.seed}: {result.outcome} ({result.reason}) in {result.steps} steps{error}", flush=True)

    seeds = range(args.seed, args.seed + args.episodes)
    results = run_trials(
        args.task, policy, seeds, config, args.execution,
        processes=args.processes, appearance=look, videos=args.videos, on_result=show,
    )  # fmt: skip
    settings = {"task": args.task, "policy": str(args.policy), "execution": args.execution, "seed": args.seed}
    report = run_report(settings, list(results))
    print(f"{report['successes']} of {report['count']} succeeded")
    if args.report:
        write_json(args.report, report)
        title = f"{args.task}, {Path(args.policy).name}, {args.execution}"
        summary_figure(args.report.with_suffix(".png"), title, list(results), [r.last_view for r in results])
    return 0
