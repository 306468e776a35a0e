"""Labels given after an episode was written: one JSON line each, the last one of an episode counts."""

from __future__ import annotations

import json
import os
from pathlib import Path

from vital_ros.learning.replay_episode import sync_folder

FILE = "labels.jsonl"


def append_label(folder: Path, episode: str, success: bool) -> None:
    """On the disk when this returns. Raise OSError."""
    file = folder / FILE
    cut = file.exists() and not file.read_bytes().endswith(b"\n")  # a line that a crash cut short stays a line
    with file.open("ab") as stream:
        stream.write((b"\n" if cut else b"") + json.dumps({"episode": episode, "success": success}).encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    sync_folder(folder)


def read_labels(folder: Path) -> tuple[dict[str, bool], list[str]]:
    """The newest label of each episode, and one message for each line that cannot be read."""
    try:
        lines = (folder / FILE).read_bytes().splitlines()
    except FileNotFoundError:
        return {}, []
    labels: dict[str, bool] = {}
    problems: list[str] = []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            episode, success = entry["episode"], entry["success"]
            if not isinstance(episode, str) or not isinstance(success, bool):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            problems.append(f"{folder / FILE}: line {number} left out, damaged")
        else:
            labels[episode] = success
    return labels, problems
