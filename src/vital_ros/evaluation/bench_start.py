"""Start of a clone that is set up: what every later `./vital` costs before its command runs."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def measure() -> dict[str, float]:
    """`check_s`: comparing the stamps. `command_s`: to the help of a command, by the whole way."""
    return {
        "check_s": _seconds([sys.executable, "-S", "-c", CHECK]),
        "command_s": _seconds([ROOT / "vital", "test", "--help"]),
    }


CHECK = f"""
import pathlib
from vital_ros.cli.bootstrap.ensure import ensure
from vital_ros.cli.bootstrap.workspace import find_workspace
ensure(find_workspace(pathlib.Path({str(ROOT)!r})))
"""


def _seconds(command: list[str | Path]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started
