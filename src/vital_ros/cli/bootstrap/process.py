"""Runs the programs of the set-up: quiet, logged, with one line when they fail."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class SetupError(RuntimeError):
    """The set-up cannot go on; one line that says what to do."""


def run(what: str, command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a program with its output appended to `log`; raise SetupError with its last error line."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        output.write(f"$ {' '.join(map(str, command))}\n".encode())
        output.flush()
        start = output.tell()
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
    if ended.returncode:
        said = log.read_bytes()[start:].decode(errors="replace").splitlines()
        raise SetupError(f"{what} failed: {_error_line(said)} (whole output: {log})")


def _error_line(lines: list[str]) -> str:
    lines = [line.strip() for line in lines if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "e:", "fatal", "cmake error"))]
    return (errors or lines or ["no output"])[-1][:300]
