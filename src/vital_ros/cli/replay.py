"""`./vital replay BAG`: a recorded episode through the live nodes, and what they do differently."""

from __future__ import annotations

import argparse

EXIT_CODES = "Exit code 0: everything as it was; 1: it diverges; 2: bad arguments; 3: the graph failed."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from vital_ros.graph import REPLAY

    for argument in REPLAY:
        if argument.default is None:
            parser.add_argument(argument.name, help=argument.help)
        else:
            shown = f"{argument.help} (default: {argument.default or 'empty'})"
            parser.add_argument(f"--{argument.name.replace('_', '-')}", default=argument.default, help=shown)
    parser.epilog = f"{EXIT_CODES} Nothing moves: the gate runs dry. The same as a launch: replay.launch.py bag:=…"


def run(arguments: argparse.Namespace) -> int:
    from vital_ros.cli.launch import launch

    return launch("replay", vars(arguments))
