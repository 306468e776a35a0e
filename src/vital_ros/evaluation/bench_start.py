"""Start of a clone that is set up: what every later `./vital` costs before its command runs."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def measure() -> dict[str, float]:
    """`check_s`: comparing the stamps. `command_s`: the whole way to the help of a command.

    Raises:
        RuntimeError: this clone is not set up.
    """
    check = _seconds([sys.executable, "-S", "-c", CHECK])
    return {"check_s": check, "command_s": _seconds([ROOT / "vital", "test", "--help"])}


CHECK = f"""
import pathlib
from vital_ros.cli.bootstrap.ensure import is_ready
from vital_ros.cli.bootstrap.workspace import find_workspace
raise SystemExit(not is_ready(find_workspace(pathlib.Path({str(ROOT)!r}))))
"""


def _seconds(command: list[str | Path]) -> float:
    started = time.perf_counter()
    if subprocess.run(command, capture_output=True).returncode:
        raise RuntimeError("this clone is not set up; ./vital doctor does it")
    return time.perf_counter() - started
