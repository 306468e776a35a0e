"""The environment of the commands: set once here for all children."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from vital_ros.cli.bootstrap.workspace import Workspace

DEFAULTS = {
    "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",  # the graph, its driver included, lives on one machine
    "MUJOCO_GL": "egl",
    "OMP_NUM_THREADS": "1",  # learning must not take the cores from control
}


def command_environment(workspace: Workspace, environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with what ROS, the interface packages and the simulation need.

    With wheels a foreign PYTHONPATH stays outside: the clone's environment holds everything. The wheels' own bootstrap
    (a restart of every Python) is replaced by LD_LIBRARY_PATH and its guard variable.
    """
    venv, install = workspace.venv, workspace.install
    made = {
        "VIRTUAL_ENV": [venv],
        "PATH": [venv / "bin", *_paths(environ, "PATH")],
        "AMENT_PREFIX_PATH": [install],
        "LD_LIBRARY_PATH": [install / "lib"],
        "PYTHONPATH": [workspace.root / "src", *_python_directories(install)],
    }
    if workspace.distribution:
        for name in ("AMENT_PREFIX_PATH", "LD_LIBRARY_PATH", "PYTHONPATH"):
            made[name] += _paths(environ, name)
    else:
        made["AMENT_PREFIX_PATH"] += [venv]
        wheel_libraries = sorted(venv.glob("lib/python3*/site-packages/ros_*.libs"))
        made["LD_LIBRARY_PATH"] += [venv / "lib", *wheel_libraries, *_paths(environ, "LD_LIBRARY_PATH")]
    joined = {name: os.pathsep.join(dict.fromkeys(map(str, paths))) for name, paths in made.items()}
    guard = {} if workspace.distribution else {"_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1"}
    return DEFAULTS | dict(environ) | joined | guard


def shell_script(workspace: Workspace) -> str:
    """The same for an interactive shell: `source .vital/env.sh`."""
    added = command_environment(workspace, {})
    lines = [f"# Environment of {workspace.root}, made by ./vital"]
    for name, value in added.items():
        keep = f'"${{{name}:+:${name}}}"' if name in ("PATH", "LD_LIBRARY_PATH") or _extends(workspace, name) else ""
        lines.append(f"export {name}={shlex.quote(value)}{keep}")
    return "\n".join(lines) + "\n"


def _python_directories(install: Path) -> list[Path]:
    """Debian's own interpreter installs below local/, every other one below lib/."""
    return [path for base in ("lib", "local/lib") for path in install.glob(f"{base}/python3*/*-packages")]


def _extends(workspace: Workspace, name: str) -> bool:
    return bool(workspace.distribution) and name in ("AMENT_PREFIX_PATH", "PYTHONPATH")


def _paths(environ: Mapping[str, str], name: str) -> list[Path]:
    return [Path(text) for text in environ.get(name, "").split(os.pathsep) if text]
