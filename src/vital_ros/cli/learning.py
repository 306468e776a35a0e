"""Learning at a robot goes on where the last run of its folder stopped."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from vital_ros.cli.demos import TRAINING_SEEDS
from vital_ros.execution.report import seed_of
from vital_ros.graph import ArgumentError


def continue_learning(arguments: dict[str, Any]) -> None:
    """Make the launch arguments of `learn` those of what comes next: folders, next seed, the terminal to read.

    Several robots share the training seeds evenly. What a killed recorder left half written is removed.

    Raises:
        ArgumentError: robots that cannot share a learner, no terminal to label with, or more starts than there are
            seeds to train on.
    """
    robots, number = _team(arguments)
    folder = Path(arguments["run_dir"] or Path("runs") / f"learn_{arguments['task']}").resolve()
    arguments["run_dir"] = str(folder / arguments["namespace"])
    if number == 0:
        for leftover in (folder / "episodes").glob(f".{arguments['task']}-*.partial"):
            shutil.rmtree(leftover, ignore_errors=True)
    share = TRAINING_SEEDS // robots
    begin = arguments["seed"] + number * share
    played = (seed_of(path.parent.name) for path in (folder / "episodes").glob("*/metadata.yaml"))
    arguments["seed"] = max([begin, *(seed + 1 for seed in played if seed is not None and 0 <= seed - begin < share)])
    if not arguments["robot_ip"] and arguments["seed"] + arguments["episodes"] > (number + 1) * share:
        raise ArgumentError(
            f"seed:={arguments['seed']}: there are {share} starts to train on for each robot; higher seeds are for "
            "others, or for evaluation"
        )
    labels = arguments["operator"] or ("keyboard" if arguments["robot_ip"] else "")
    if labels == "keyboard" and not arguments["device"]:
        if not sys.stdin.isatty():
            raise ArgumentError("labels come from the keyboard: it needs a terminal; name one with device:=/dev/pts/…")
        arguments["device"] = os.ttyname(sys.stdin.fileno())


def _team(arguments: dict[str, Any]) -> tuple[int, int]:
    """How many robots the learner serves, and which of them this one is."""
    robots, own = [name for name in arguments["robots"].split(",") if name], arguments["namespace"]
    if not robots:
        if own:
            raise ArgumentError(f"namespace:={own}: name all robots of the learner too, such as robots:={own},right")
        return 1, 0
    if len(set(robots)) < len(robots):
        raise ArgumentError(f"robots:={arguments['robots']}: each should be named once")
    if own not in robots:
        raise ArgumentError(f"namespace:={own}: it should be one of robots:={arguments['robots']}")
    return len(robots), robots.index(own)
