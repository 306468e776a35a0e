"""`./vital localize "key lock"`: ask the running localizer where something is."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", help='what to look for, such as "key lock"')
    parser.add_argument("--timeout", type=float, default=20.0, help="s to wait for the answer (default: 20)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when found, 1 when not, 3 when no localizer runs."""
    from vital_ros.nodes.localize import localize

    return localize(args.query, args.timeout)
