"""The ROS package as colcon sees it."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NODES = ROOT / "src/vital_ros/nodes"


@pytest.fixture(scope="module")
def metadata():
    """What setup.py hands to setuptools."""
    program = """
import json, setuptools
setuptools.setup = lambda **given: print(json.dumps(given))
exec(open("setup.py").read(), {"__name__": "setup"})
"""
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    import json

    return json.loads(found.stdout)


def test_every_program_of_the_graph_is_an_executable(metadata):
    scripts = dict(script.split(" = ") for script in metadata["entry_points"]["console_scripts"])
    programs = {file.stem for file in NODES.glob("*.py") if re.search(r"^def main\(", file.read_text(), re.MULTILINE)}
    assert set(scripts) == programs | {"vital"}
    for name in programs:
        assert scripts[name] == f"vital_ros.nodes.{name}:main"


def test_configuration_and_launch_files_are_installed(metadata):
    installed = {f"{folder}/{Path(file).name}" for folder, files in metadata["data_files"] for file in files}
    for name in ("config/robot.yaml", "config/tasks/key_lock.yaml", "launch/deploy.launch.py", "package.xml"):
        assert f"share/vital_ros/{name}" in installed
    assert "share/ament_index/resource_index/packages/vital_ros" in installed


def test_extras_are_what_is_tested(metadata):
    tested = [line.split(";")[0] for file in ("constraints.txt", "requirements-neural-bare.txt")
              for line in (ROOT / file).read_text().splitlines()]  # fmt: skip
    assert {pin for pins in metadata["extras_require"].values() for pin in pins} <= set(tested)


def test_every_ros_package_that_is_imported_is_declared():
    declared = {depend.text for depend in ElementTree.parse(ROOT / "package.xml").iter("depend")}
    pattern = re.compile(r"^\s*(?:from|import) (rclpy|\w+_(?:msgs|srvs|interfaces))\b", re.MULTILINE)
    imported = {name for file in NODES.glob("*.py") for name in pattern.findall(file.read_text())}
    assert imported - {"xarm_msgs"} <= declared  # xarm_msgs: from xarm_ros2's sources, unknown to rosdep


def test_one_version():
    import vital_ros

    assert f'version="{vital_ros.__version__}"' in (ROOT / "setup.py").read_text()
    for package in (ROOT / "package.xml", ROOT / "src/vital_msgs/package.xml"):
        assert ElementTree.parse(package).findtext("version") == vital_ros.__version__


def test_ci_runs_the_command_that_people_run():
    assert (ROOT / ".ci/run").read_text().splitlines() == ["#!/usr/bin/env bash", "exec ./vital test"]
