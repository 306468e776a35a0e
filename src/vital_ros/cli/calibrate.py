"""`./vital calibrate`: the third camera's place and the wrist camera's lens, from views of a ChArUco board."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vital_ros.calibration.board import Board
    from vital_ros.calibration.collecting import Collector
    from vital_ros.calibration.result import Result
    from vital_ros.config import Config

PATIENCE = 120.0
"""s without a new view after which a live collection ends."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="camera | board")
    camera = what.add_parser("camera", description="Calibrate a camera, from live topics or a bag.")
    camera.add_argument(
        "which",
        choices=["third", "wrist"],
        help="third: its place, the gripper holding the board; wrist: its lens",
    )
    source = camera.add_mutually_exclusive_group(required=True)
    source.add_argument("--live", action="store_true", help="from the running cameras (and /arm/state)")
    source.add_argument("--bag", type=Path, metavar="DIR", help="from a rosbag2 directory with the same topics")
    camera.add_argument("--views", type=int, default=20, help="to collect from live topics (default: %(default)s)")
    camera.add_argument(
        "--output", type=Path, metavar="FILE", help="write there in place of the configuration's own cameras.yaml"
    )
    camera.add_argument("--config", type=Path, help="configuration folder (default: the installed one)")
    board = what.add_parser("board", description="Write the board to print, at its true size.")
    board.add_argument("--output", type=Path, required=True, metavar="FILE", help=".pdf, .png or .svg")
    for one in (camera, board):
        one.add_argument("--squares", type=int, nargs=2, default=[7, 5], metavar=("COLUMNS", "ROWS"),
                         help="of the board (default: 7 5)")  # fmt: skip
        one.add_argument("--square", type=float, default=0.035, metavar="M",
                         help="m, side of one as measured on the print (default: %(default)s)")  # fmt: skip
    parser.epilog = "How to, step by step: docs/calibration.md"


def run(args: argparse.Namespace) -> int:
    """Exit code 0, or 2 with one line when something cannot be used; nothing is overwritten then."""
    from vital_ros.bags.reader import EpisodeError
    from vital_ros.calibration.board import Board
    from vital_ros.config import ConfigError

    try:
        board = Board(args.squares[0], args.squares[1], args.square)
        if args.what == "board":
            width, height = board.print_page(args.output)
            print(
                f"{args.output}: a page of {1e3 * width:.0f} x {1e3 * height:.0f} mm; print at 100 %, measure a square"
            )
        else:
            _calibrate(args, board)
    except (ConfigError, EpisodeError) as error:
        print(f"vital calibrate: {error}", file=sys.stderr)
        return 2
    return 0


def _calibrate(args: argparse.Namespace, board: Board) -> None:
    """Raise ConfigError, EpisodeError."""
    from datetime import datetime

    from vital_ros.calibration import hand_eye, intrinsics
    from vital_ros.calibration.figure import calibration_figure
    from vital_ros.calibration.writing import changed_cameras, write_with_backup
    from vital_ros.config import ConfigError, load_config
    from vital_ros.evaluation.report import write_json

    least = {"third": hand_eye.LEAST_VIEWS, "wrist": intrinsics.LEAST_VIEWS}[args.which]
    if args.views < least:
        raise ConfigError(f"--views {args.views}: at least {least}")
    config = load_config(args.config)
    source = config.directory / "cameras.yaml"
    run_dir = Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-calibrate-{args.which}"
    result = _result(args, board, config, run_dir)
    text = changed_cameras(source, args.which, result.changes)
    settings = {"which": args.which, "squares": args.squares, "square": args.square, "bag": str(args.bag or "live")}
    write_json(run_dir / "metrics.json", {"settings": settings} | result.metrics)
    write_with_backup(run_dir / "cameras.yaml", text)
    calibration_figure(run_dir / "calibration.png", result)
    print("\n".join(result.lines))
    print(f"Run folder: {run_dir}  Picture: {run_dir / 'calibration.png'}")
    target = args.output or source
    backup = write_with_backup(target, text)
    print(f"{target} written" + (f"; what it was: {backup}" if backup else ""))


def _result(args: argparse.Namespace, board: Board, config: Config, run_dir: Path) -> Result:
    from vital_ros.calibration.collecting import HeldBoard, ShownBoard
    from vital_ros.calibration.result import third_result, wrist_result
    from vital_ros.config import ConfigError

    camera = config.cameras.third if args.which == "third" else config.cameras.wrist
    collector = (HeldBoard if args.which == "third" else ShownBoard)(board, camera.width, camera.height)
    _collect(args, collector, config, run_dir)
    try:
        views = collector.finish()
        if args.which == "wrist":
            return wrist_result(views, board)
        if collector.lens is None:
            raise ConfigError("no CameraInfo came with the pictures; the driver publishes it beside them")
        return third_result(views, collector.lens, board)
    except ConfigError as error:
        raise ConfigError(f"{error} (of {collector.account()})") from None


def _collect(args: argparse.Namespace, collector: Collector, config: Config, run_dir: Path) -> None:
    from rich.console import Console

    from vital_ros.calibration.recording import collect_from_bag, keep, topics_of

    topics = topics_of(args.which, config.cameras)
    if args.bag:
        with Console(stderr=True).status(f"reading {args.bag}") as status:
            collect_from_bag(args.bag, topics, collector, lambda: status.update(collector.account()))
        return
    from vital_ros.nodes.calibration_views import collect_live

    poses: list = []
    try:
        collect_live(topics, collector, args.views, PATIENCE, poses, lambda line: print(line, flush=True))
    finally:
        keep(run_dir / "views", topics, collector, poses)
        if collector.pictures:
            print(f"the views are kept: --bag {run_dir / 'views'} calibrates from them again")
