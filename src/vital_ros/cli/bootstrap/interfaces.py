"""Builds the interface packages with colcon."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from vital_ros.cli.bootstrap.environment import command_environment, shell_script
from vital_ros.cli.bootstrap.process import SetupError, run
from vital_ros.cli.bootstrap.workspace import Workspace

_BUILDER_INCLUDE = re.compile(r"/opt/python/cp3\d+-cp3\d+/include/python3\.\d+")
_BUILDER_NUMPY = re.compile(r"/opt/python/cp3\d+-cp3\d+/lib/python3\.\d+/site-packages/numpy/_core/include")


def build_interfaces(workspace: Workspace, packages: list[str]) -> None:
    """Build `packages` into the clone's own prefix, from nothing, so that no removed interface stays behind."""
    shutil.rmtree(workspace.state / "build", ignore_errors=True)
    shutil.rmtree(workspace.install, ignore_errors=True)
    environment = command_environment(workspace, os.environ)
    if not workspace.distribution:
        point_cmake_at_this_python(workspace)
        environment["CMAKE_PREFIX_PATH"] = str(workspace.venv)
    colcon = shutil.which("colcon", path=environment["PATH"])
    if colcon is None:
        raise SetupError("colcon is missing; install with: sudo apt-get install python3-colcon-common-extensions")
    source = workspace.root / "src"
    if packages:
        where: list[str | Path] = ["--build-base", workspace.state / "build", "--install-base", workspace.install]
        what: list[str | Path] = [
            "--base-paths",
            source / "vital_msgs",
            source / "compat",
            "--packages-select",
            *packages,
        ]
        log_base: list[str | Path] = ["--log-base", workspace.logs / "colcon"]
        generator = [] if workspace.distribution else ["-GNinja"]  # comes as a wheel; make may be missing
        cmake = ["--cmake-args", "-DCMAKE_BUILD_TYPE=Release", "-DBUILD_TESTING=OFF", *generator]
        command = [colcon, *log_base, "build", "--merge-install", *what, *where, *cmake]
        run("colcon build", command, workspace.logs / "interfaces.log", environment)
    (workspace.state / "env.sh").write_text(shell_script(workspace))


def point_cmake_at_this_python(workspace: Workspace) -> None:
    """The wheels' CMake exports name include directories of the machine that built the wheels; name this one's."""
    ask = "import sysconfig, numpy; print(sysconfig.get_path('include')); print(numpy.get_include())"
    environment = {**os.environ, "_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1"}
    answer = subprocess.run([workspace.python, "-c", ask], capture_output=True, text=True, check=True, env=environment)
    include, numpy_include = answer.stdout.split("\n")[:2]
    for file in workspace.venv.glob("share/*/cmake/*.cmake"):
        text = file.read_text()
        fixed = _BUILDER_INCLUDE.sub(include, _BUILDER_NUMPY.sub(numpy_include, text))
        if fixed != text:
            file.write_text(fixed)
