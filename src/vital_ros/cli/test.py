"""`./vital test`: ruff, mypy and pytest, as CI runs them."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FAST = ("--ignore=test/graph", "-m", "not slow")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fast", action="store_true", help="leave out the graph tests and those marked slow")
    parser.add_argument(
        "pytest", nargs="*", metavar="PYTEST_ARGUMENT", help="handed to pytest; write -- before options"
    )


def run(arguments: argparse.Namespace) -> int:
    """Everything runs, whatever fails before it; pytest's closing line is the last one. 0 if all passed, else 1."""
    checks = [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]]
    failed = [" ".join(check) for check in checks if _module(*check)]
    for check in failed:
        print(f"vital test: {check} failed", file=sys.stderr, flush=True)
    fast = FAST if arguments.fast else ()
    tests = _module("pytest", *fast, *arguments.pytest)
    return 1 if failed or tests else 0


def _module(*command: str) -> int:
    print(f"$ {' '.join(command)}", flush=True)
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT).returncode
