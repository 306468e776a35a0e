"""A recording goes on where the last one of its folder stopped."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from vital_ros.bags import EpisodeError, EpisodeReader
from vital_ros.cli.demos import TRAINING_SEEDS
from vital_ros.graph import ArgumentError


class NothingToDo(Exception):
    """What was asked for is there already."""


def continue_recording(arguments: dict[str, Any]) -> None:
    """Make the launch arguments of `record` those of what is left to do.

    `out` becomes an absolute path, `episodes` what is missing, `seed` the next one, `device` the terminal to read. What
    a killed recorder left half written is removed.

    Raises:
        NothingToDo, ArgumentError.
    """
    out = Path(arguments["out"] or Path("data") / arguments["task"]).resolve()
    arguments["out"] = str(out)
    for leftover in out.glob(f".{arguments['task']}-*.partial"):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        there = [EpisodeReader(path.parent).metadata for path in sorted(out.glob("*/metadata.yaml"))]
    except EpisodeError as error:
        raise ArgumentError(f"out:={out}: {error}") from None
    strangers = {str(metadata.get("task")) for metadata in there} - {arguments["task"]}
    if strangers:
        raise ArgumentError(f"out:={out}: it holds episodes of {', '.join(sorted(strangers))}; name another folder")
    successes = sum(metadata.get("success") is True for metadata in there)
    if successes >= arguments["episodes"]:
        raise NothingToDo(
            f"{out} holds {successes} successful episodes, episodes:={arguments['episodes']} were asked for"
        )
    arguments["episodes"] -= successes
    arguments["seed"] += len(there)
    if not arguments["robot_ip"] and arguments["seed"] + arguments["episodes"] > TRAINING_SEEDS:
        raise ArgumentError(f"seed:={arguments['seed']}: below {TRAINING_SEEDS}; higher ones are for evaluation")
    if arguments["operator"] == "keyboard" and not arguments["device"]:
        if not sys.stdin.isatty():
            raise ArgumentError("operator:=keyboard needs a terminal; name one to read with device:=/dev/pts/…")
        arguments["device"] = os.ttyname(sys.stdin.fileno())
