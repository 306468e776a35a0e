"""Learning at a robot goes on where the last run of its folder stopped."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from vital_ros.cli.demos import TRAINING_SEEDS
from vital_ros.graph import ArgumentError


def continue_learning(arguments: dict[str, Any]) -> None:
    """Make the launch arguments of `learn` those of what comes next: folder, next seed, the terminal to read.

    What a killed recorder left half written is removed.

    Raises:
        ArgumentError: no terminal to label with, or more starts than there are seeds to train on.
    """
    folder = Path(arguments["run_dir"] or Path("runs") / f"learn_{arguments['task']}")
    arguments["run_dir"] = str(folder)
    for leftover in (folder / "episodes").glob(f".{arguments['task']}-*.partial"):
        shutil.rmtree(leftover)
    arguments["seed"] += sum(1 for _ in (folder / "episodes").glob("*/metadata.yaml"))
    if not arguments["robot_ip"] and arguments["seed"] + arguments["episodes"] > TRAINING_SEEDS:
        raise ArgumentError(f"seed:={arguments['seed']}: below {TRAINING_SEEDS}; higher ones are for evaluation")
    labels = arguments["operator"] or ("keyboard" if arguments["robot_ip"] else "")
    if labels == "keyboard" and not arguments["device"]:
        if not sys.stdin.isatty():
            raise ArgumentError("labels come from the keyboard: it needs a terminal; name one with device:=/dev/pts/…")
        arguments["device"] = os.ttyname(sys.stdin.fileno())
