"""`./vital gallery`: pictures of all tasks under all conditions."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("docs/gallery"), help="folder (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=100_000, help="of the episode shown (default: %(default)s)")
    parser.add_argument("--config", type=Path, help="configuration folder (default: the installed one)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0, or 2 with one line when something is unusable."""
    from vital_ros.config import ConfigError, load_config
    from vital_ros.evaluation.gallery import draw_gallery
    from vital_ros.sim import RenderError
    from vital_ros.sim.tasks import TASKS

    try:
        written = draw_gallery(args.out, list(TASKS), load_config(args.config), args.seed)
    except (ConfigError, RenderError, OSError) as error:
        print(f"vital gallery: {error}", file=sys.stderr)
        return 2
    size = sum(path.stat().st_size for path in written)
    print(f"{args.out}: {len(written)} sheets, {size / 1e6:.1f} MB")
    return 0
