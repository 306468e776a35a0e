"""The steps of the set-up, in order, and what each is made from."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vital_ros.cli.bootstrap import system
from vital_ros.cli.bootstrap.interfaces import build_interfaces
from vital_ros.cli.bootstrap.packages import install_constrained, install_locked, install_wheels, make_venv
from vital_ros.cli.bootstrap.stamps import digest
from vital_ros.cli.bootstrap.workspace import Workspace

COMPATIBLE = ("xarm_msgs", "control_msgs", "tf2_msgs")  # src/compat: built only where the real packages are absent


@dataclass(frozen=True)
class Step:
    """One step; done when its stamp holds `made_from`.

    Attributes:
        name: of its stamp and its log.
        title: what the user reads.
        made_from: digest of all it depends on, the step before it included where it builds on that.
        run: does it, however far an interrupted run came; raises SetupError.
    """

    name: str
    title: str
    made_from: str
    run: Callable[[], None]


def steps(workspace: Workspace, tests: bool = False) -> list[Step]:
    """System libraries, virtual environment, Python packages, interface packages; for `tests` the packages of the
    optional neural networks too."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    root, distribution = workspace.root, workspace.distribution
    if distribution:
        versions = root / "constraints-distribution.txt"
        needed = [root / "requirements.txt", root / "requirements-assets.txt"]
        optional = [root / "requirements-neural.txt", root / "requirements-neural-bare.txt"]
    else:
        versions = root / "lock/packages.txt"
        needed = [root / "lock/build.txt", versions, root / "lock/torch-cpu.txt", root / "lock/torch-cuda.txt"]
        optional = [root / "lock/neural.txt"]
    built = [name for name in ("vital_msgs", *COMPATIBLE) if not workspace.provides(name)]

    libraries = digest([python, *system.RENDERING])
    environment = digest([python, str(root), distribution])
    installed = digest([environment], {versions, *needed})
    neural = digest([installed], optional)
    ros = [line for line in versions.read_text().splitlines() if line.startswith(("numpy", "ros-"))]
    interfaces = digest([environment, *ros, *built, *map(str, workspace.prefixes)], _interface_sources(root))

    def install() -> None:
        if distribution:
            install_constrained(workspace, "packages", versions, *needed)
        else:
            install_wheels(workspace, *needed)

    def install_neural() -> None:
        if distribution:
            install_constrained(workspace, "neural", versions, *optional)
        else:
            install_locked(workspace, "neural", *optional)

    plan = [
        Step("system", "system libraries", libraries, lambda: system.install_missing(workspace.logs / "system.log")),
        Step("venv", f"virtual environment (Python {python})", environment, lambda: make_venv(workspace)),
        Step("packages", "Python packages (a few minutes)", installed, install),
        Step("interfaces", "ROS interfaces (a minute)", interfaces, lambda: build_interfaces(workspace, built)),
    ]
    if tests:
        plan.append(Step("neural", "optional neural networks, for the tests (a minute)", neural, install_neural))
    return plan


def _interface_sources(root: Path) -> list[Path]:
    return [file for name in ("vital_msgs", "compat") for file in (root / "src" / name).rglob("*") if file.is_file()]
