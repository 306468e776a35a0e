"""The clone's virtual environment and the Python packages in it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from vital_ros.cli.bootstrap.process import run
from vital_ros.cli.bootstrap.workspace import Workspace


def make_venv(workspace: Workspace) -> None:
    """A fresh environment; on a ROS distribution it sees that one's packages.

    Made by the interpreter below an environment, never by the one that is being replaced.
    """
    base = os.path.realpath(sys.executable)
    visible = ["--system-site-packages"] if workspace.distribution else []
    command: list[str | Path] = [base, "-m", "venv", "--clear", *visible, workspace.venv]
    run("python -m venv", command, workspace.logs / "venv.log", _clean_environment())


def install_packages(
    workspace: Workspace, requirements: list[Path], constraints: Path, bare: Path, name: str = "packages"
) -> None:
    """Install the requirements, then those of `bare` without their dependencies; raise SetupError."""
    _forget_half_installed(workspace)
    pip: list[str | Path] = [
        workspace.python,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "-c",
        constraints,
    ]
    log = workspace.logs / f"{name}.log"
    wanted: list[str | Path] = [argument for file in requirements for argument in ("-r", file)]
    run("pip install", [*pip, *wanted], log, _clean_environment())
    run("pip install", [*pip, "--no-deps", "-r", bare], log, _clean_environment())


def _forget_half_installed(workspace: Workspace) -> None:
    """pip writes RECORD last: a distribution without one was interrupted, and pip would take it for whole."""
    for directory in workspace.venv.glob("lib/python3*/site-packages/*.dist-info"):
        if not (directory / "RECORD").is_file():
            shutil.rmtree(directory)


def _clean_environment() -> dict[str, str]:
    """Without this source tree on the path, and without the restart that the ROS wheels put into every Python."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return environment | {"_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1"}
