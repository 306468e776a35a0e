"""`./vital masks`: what belongs to the task in every frame of a folder of demonstrations."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vital_ros.augmentation.folder import FolderResult
    from vital_ros.augmentation.pipeline import Settings

STAGES = ("correspondence", "segmenter", "tracker")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demos", type=Path, required=True, help="folder of episodes; masks go to its folder masks/")
    parser.add_argument(
        "--points", type=Path, metavar="FILE",
        help="key points of ./vital annotate (default: those of the folder, else config/annotations/<task>.yaml)",
    )  # fmt: skip
    parser.add_argument("--correspondence", default="sift", help="sift (default), xfeat, dinov2 or dift")
    parser.add_argument("--segmenter", default="grabcut", help="grabcut (default) or sam2")
    parser.add_argument("--tracker", default="flow", help="flow (default), sam2_video, cutie or xmem")
    for stage in STAGES:
        parser.add_argument(f"--{stage}-model", metavar="MODEL", help="its weights, where it has any: folder or hub id")
        parser.add_argument(
            f"--{stage}-option", metavar="KEY=VALUE", action="append", default=[],
            help="a setting of it, repeatable; docs/augmentation.md lists them",
        )  # fmt: skip
    parser.add_argument("-n", "--count", type=int, help="only the first so many episodes (default: all)")
    parser.add_argument("--truth", action="store_true", help="score against the simulator's own masks")
    parser.add_argument("--skip-bad", action="store_true", help="exit code 0 although recordings cannot be used")
    parser.add_argument("--processes", type=int, help="episodes side by side (default: the number of cores)")
    parser.add_argument("--config", type=Path, help="configuration folder (default: the installed one)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when every recording could be used, flagged ones included; else 2, with a line each."""
    from vital_ros.bags import EpisodeError
    from vital_ros.config import ConfigError

    try:
        settings = _settings(args)
        done = _process(args, settings)
    except (ConfigError, EpisodeError) as error:
        print(f"vital masks: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"vital masks: {error.filename or args.demos}: {error.strerror or error}", file=sys.stderr)
        return 2
    _print(args.demos, done)
    for reason in done.skipped.values():
        print(f"vital masks: skipped: {reason}", file=sys.stderr)
    return 0 if args.skip_bad or not done.skipped else 2


def _settings(args: argparse.Namespace) -> Settings:
    from vital_ros.augmentation.annotation import FILE, load_reference
    from vital_ros.augmentation.folder import episodes_of
    from vital_ros.augmentation.options import split_options
    from vital_ros.augmentation.pipeline import Settings
    from vital_ros.config import ConfigError, load_config

    if (args.count is not None and args.count < 1) or (args.processes is not None and args.processes < 1):
        raise ConfigError("--count and --processes: at least 1")
    task, _, _ = episodes_of(args.demos)
    points = args.points
    if points is None:
        own, shared = args.demos / FILE, load_config(args.config).directory / "annotations" / f"{task}.yaml"
        points = own if own.exists() else shared
        if not points.exists():
            raise ConfigError(f"no key points for {task}: make some with ./vital annotate --demos {args.demos}")
    models = (args.correspondence_model, args.segmenter_model, args.tracker_model)
    options = {s: split_options(f"--{s}-option", getattr(args, f"{s}_option")) for s in STAGES}
    return Settings(load_reference(points), args.correspondence, args.segmenter, args.tracker, models, options)


def _process(args: argparse.Namespace, settings: Settings) -> FolderResult:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from vital_ros.augmentation.folder import episodes_of, process_folder
    from vital_ros.augmentation.pipeline import EpisodeResult

    flagged = 0
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as bar:  # fmt: skip
        job = bar.add_task(str(args.demos), total=len(episodes_of(args.demos)[1][: args.count]))

        def show(name: str, result: EpisodeResult | None) -> None:
            nonlocal flagged
            flagged += bool(result and result.flagged)
            bar.update(job, advance=1, description=f"{args.demos}, {flagged} flagged")

        return process_folder(
            args.demos, settings, count=args.count, truth=args.truth,
            processes=args.processes or len(os.sched_getaffinity(0)), on_episode=show,
        )  # fmt: skip


def _print(demos: Path, done: FolderResult) -> None:
    kept = sum(result.kept for result in done.results)
    there = f", {kept} of them were there" if kept else ""
    flagged = [result for result in done.results if result.flagged]
    seconds = done.report["seconds"]
    print(
        f"{demos / 'masks'}: {len(done.results) - len(flagged)} demonstrations{there}, {len(flagged)} flagged, "
        f"{seconds['wall']:.0f} s ({seconds['cpu']:.0f} s of CPU); see contact_sheet.png and report.json"
    )
    for result in flagged:
        print(f"  {result.name} flagged: {result.flagged}")
    if "iou" in done.report:
        for result in done.results:
            if result.iou is not None and len(result.iou) and not result.flagged:
                print(f"  {result.name} IoU {result.iou.mean():.3f}, worst frame {result.iou.min():.3f}")
        iou = done.report["iou"]
        print(f"IoU with the truth: mean {iou['mean']:.3f}, worst {iou['worst']:.3f} ({iou['worst_demonstration']})")
