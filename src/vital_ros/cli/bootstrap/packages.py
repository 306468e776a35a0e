"""The clone's virtual environment and the Python packages in it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from vital_ros.cli.bootstrap.process import SetupError, run
from vital_ros.cli.bootstrap.workspace import Workspace


def make_venv(workspace: Workspace) -> None:
    """A fresh environment; on a ROS distribution it sees that one's packages.

    Made by the interpreter below an environment, never by the one that is being replaced.
    """
    base = os.path.realpath(sys.executable)
    visible = ["--system-site-packages"] if workspace.distribution else []
    command: list[str | Path] = [base, "-m", "venv", "--clear", *visible, workspace.venv]
    run("python -m venv", command, workspace.logs / "venv.log", _clean_environment())


def install_wheels(workspace: Workspace, build: Path, packages: Path, torch_cpu: Path, torch_cuda: Path) -> None:
    """Install all that the locks list: what builds the packages that come as source, the packages, and PyTorch, as its
    CPU build where pip is set up to find one, otherwise the index's with the CUDA libraries; raise SetupError."""
    install_locked(workspace, "packages", build)
    install_locked(workspace, "packages", packages)
    try:
        install_locked(workspace, "packages", torch_cpu)
    except SetupError as error:
        if "No matching distribution" not in str(error):
            raise
        install_locked(workspace, "packages", torch_cuda)


def install_locked(workspace: Workspace, name: str, lock: Path) -> None:
    """Install what a lock lists and nothing else, each file only if its SHA-256 hash stands there; raise SetupError.

    Without build isolation, for which pip would fetch setuptools unchecked.
    """
    _forget_half_installed(workspace)
    _pip_install(workspace, name, "--require-hashes", "--no-deps", "--no-build-isolation", "-r", lock)


def install_constrained(workspace: Workspace, name: str, constraints: Path, requirements: Path, bare: Path) -> None:
    """Install the requirements, then those of `bare` without their dependencies; raise SetupError."""
    _forget_half_installed(workspace)
    _pip_install(workspace, name, "-c", constraints, "-r", requirements)
    _pip_install(workspace, name, "-c", constraints, "--no-deps", "-r", bare)


def _pip_install(workspace: Workspace, name: str, *arguments: str | Path) -> None:
    pip: list[str | Path] = [workspace.python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    run("pip install", [*pip, *arguments], workspace.logs / f"{name}.log", _clean_environment())


def _forget_half_installed(workspace: Workspace) -> None:
    """pip writes RECORD last: a distribution without one was interrupted, and pip would take it for whole."""
    for directory in workspace.venv.glob("lib/python3*/site-packages/*.dist-info"):
        if not (directory / "RECORD").is_file():
            shutil.rmtree(directory)


def _clean_environment() -> dict[str, str]:
    """Without this source tree on the path, and without the restart that the ROS wheels put into every Python."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return environment | {"_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1"}
