"""The steps of the set-up, in order, and what each is made from."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vital_ros.cli.bootstrap import system
from vital_ros.cli.bootstrap.interfaces import build_interfaces
from vital_ros.cli.bootstrap.packages import install_packages, make_venv
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
    requirements = [root / "requirements.txt"] + ([] if distribution else [root / "requirements-ros.txt"])
    constraints = root / ("constraints-distribution.txt" if distribution else "constraints.txt")
    assets = root / "requirements-assets.txt"
    built = [name for name in ("vital_msgs", *COMPATIBLE) if not workspace.provides(name)]

    libraries = digest([python, *system.RENDERING])
    environment = digest([python, str(root), distribution])
    installed = digest([environment], [*requirements, constraints, assets])
    optional = [root / "requirements-neural.txt", root / "requirements-neural-bare.txt"]
    neural = digest([installed], optional)
    ros = [line for line in constraints.read_text().splitlines() if line.startswith(("numpy", "ros-"))]
    interfaces = digest([environment, *ros, *built, *map(str, workspace.prefixes)], _interface_sources(root))

    def install() -> None:
        install_packages(workspace, requirements, constraints, assets)

    def install_neural() -> None:
        install_packages(workspace, optional[:1], constraints, optional[1], "neural")

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
