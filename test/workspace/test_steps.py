"""What each step of the set-up depends on."""

import shutil
from pathlib import Path

import pytest

from vital_ros.cli.bootstrap.steps import steps
from vital_ros.cli.bootstrap.workspace import Workspace, find_workspace

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path):
    for file in ROOT.glob("*.txt"):
        shutil.copy(file, tmp_path)
    shutil.copytree(ROOT / "lock", tmp_path / "lock")
    for name in ("vital_msgs", "compat"):
        shutil.copytree(ROOT / "src" / name, tmp_path / "src" / name)
    return tmp_path


def changed(clone, change, tests=False, **workspace):
    """Names of the steps that have to run again after `change()`."""
    before = {step.name: step.made_from for step in steps(Workspace(clone, **workspace), tests)}
    change()
    return [step.name for step in steps(Workspace(clone, **workspace), tests) if step.made_from != before[step.name]]


def append(file):
    return lambda: file.write_text(file.read_text() + "\n# changed\n")


def test_a_lock_renews_the_packages_but_not_the_interfaces(clone):
    for name in ("build.txt", "packages.txt", "torch-cpu.txt", "torch-cuda.txt"):
        assert changed(clone, append(clone / "lock" / name)) == ["packages"]


def test_the_optional_networks_are_installed_for_the_tests_only(clone):
    assert changed(clone, append(clone / "lock/neural.txt")) == []
    assert changed(clone, append(clone / "lock/neural.txt"), tests=True) == ["neural"]
    assert changed(clone, append(clone / "lock/packages.txt"), tests=True) == ["packages", "neural"]


def test_what_the_locks_are_made_from_renews_nothing(clone):
    for file in (*clone.glob("requirements*.txt"), clone / "constraints.txt"):
        assert changed(clone, append(file), tests=True) == []


@pytest.mark.parametrize("pin", ["ros-rclpy==9.1.2", "numpy==2.4.6"])
def test_another_ros_or_numpy_renews_the_interfaces_too(clone, pin):
    file = clone / "lock/packages.txt"
    assert pin in file.read_text()
    other = pin.split("==")[0] + "==0.0.1"
    assert changed(clone, lambda: file.write_text(file.read_text().replace(pin, other))) == ["packages", "interfaces"]


@pytest.mark.parametrize("name", ["vital_msgs/msg/Tactile.msg", "compat/xarm_msgs/CMakeLists.txt"])
def test_interfaces_renew_only_themselves(clone, name):
    assert changed(clone, append(clone / "src" / name)) == ["interfaces"]


def test_a_new_and_a_removed_interface_count(clone):
    message = clone / "src/vital_msgs/msg/New.msg"
    assert changed(clone, lambda: message.write_text("bool x\n")) == ["interfaces"]
    assert changed(clone, message.unlink) == ["interfaces"]


def test_a_moved_clone_is_set_up_anew(clone, tmp_path_factory):
    moved = tmp_path_factory.mktemp("moved") / "clone"
    before = [step.made_from for step in steps(Workspace(clone))]
    shutil.copytree(clone, moved)
    after = [step.made_from for step in steps(Workspace(moved))]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, False, False]


def test_a_distribution_takes_no_lock_but_its_own_constraints(clone):
    for file in (*clone.glob("lock/*.txt"), clone / "requirements-ros.txt"):
        assert changed(clone, append(file), tests=True, distribution="jazzy") == []
    for name in ("requirements.txt", "requirements-assets.txt", "constraints-distribution.txt"):
        assert changed(clone, append(clone / name), distribution="jazzy") == ["packages"]
    for name in ("requirements-neural.txt", "requirements-neural-bare.txt"):
        assert changed(clone, append(clone / name), tests=True, distribution="jazzy") == ["neural"]


def test_interfaces_that_the_distribution_has_are_not_built_again(tmp_path):
    package = tmp_path / "ros/share/control_msgs/package.xml"
    package.parent.mkdir(parents=True)
    package.touch()
    workspace = Workspace(tmp_path, "jazzy", (tmp_path / "ros",))
    assert workspace.provides("control_msgs")
    assert not workspace.provides("xarm_msgs")


def test_ros_is_taken_from_a_sourced_distribution_only_where_rclpy_comes_with_it(tmp_path, monkeypatch):
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"{tmp_path}/.vital/install:/opt/ros/jazzy")
    monkeypatch.delenv("ROS_DISTRO", raising=False)
    assert find_workspace(tmp_path).distribution == ""
    monkeypatch.setenv("ROS_DISTRO", "jazzy")
    assert find_workspace(tmp_path) == Workspace(tmp_path, "jazzy", (Path("/opt/ros/jazzy"),))
    monkeypatch.setattr("vital_ros.cli.bootstrap.workspace.find_spec", lambda name: None)
    assert find_workspace(tmp_path) == Workspace(tmp_path)
