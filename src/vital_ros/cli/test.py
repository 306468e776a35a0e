"""`./vital test`: ruff, mypy and pytest, as CI runs them."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FAST = ("--ignore=test/graph", "-m", "not slow and not faults")
FAULTS = ("test/graph", "-m", "faults")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--fast", action="store_true", help="leave out the graph tests and those marked slow")
    which.add_argument(
        "--faults", action="store_true", help="only the faults of arm, camera and skin, on an otherwise idle machine"
    )
    parser.add_argument(
        "pytest", nargs="*", metavar="PYTEST_ARGUMENT", help="handed to pytest; write -- before options"
    )


def run(arguments: argparse.Namespace) -> int:
    """Everything runs, whatever fails before it; pytest's closing line is the last one. 0 if all passed, else 1."""
    checks = [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]]
    failed = [" ".join(check) for check in checks if _module(*check)]
    for check in failed:
        print(f"vital test: {check} failed", file=sys.stderr, flush=True)
    chosen = FAST if arguments.fast else FAULTS if arguments.faults else ()
    tests = _module("pytest", *chosen, *arguments.pytest)
    return 1 if failed or tests else 0


def _module(*command: str) -> int:
    print(f"$ {' '.join(command)}", flush=True)
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT).returncode
