"""One deployment a domain and robot; who is refused has changed nothing."""

import os
import uuid

import pytest

from vital_ros.cli.launch import launch
from vital_ros.cli.processes import GraphError
from vital_ros.cli.robot_lock import robot_lock
from vital_ros.graph import device_directory


@pytest.fixture(autouse=True)
def domain(monkeypatch, tmp_path):
    monkeypatch.setenv("ROS_DOMAIN_ID", f"test_{uuid.uuid4().hex[:8]}")
    monkeypatch.setattr("vital_ros.graph.devices.gettempdir", lambda: str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()


def test_a_second_one_is_refused_until_the_first_ends():
    with robot_lock(""):
        running = rf"another deployment runs on ROS_DOMAIN_ID test_\w+ \(process {os.getpid()}\)"
        with pytest.raises(GraphError, match=running), robot_lock(""):
            pass
        with robot_lock("left"):
            pass
    with robot_lock(""):
        pass


@pytest.mark.parametrize("name", ["record", "learn"])
def test_who_is_refused_leaves_the_running_ones_episode_alone(name, tmp_path, capsys):
    running = tmp_path / "episodes" / ".key_lock-100.partial"
    running.mkdir(parents=True)
    folder = {"out": str(tmp_path / "episodes")} if name == "record" else {"run_dir": str(tmp_path)}
    with robot_lock(""):
        assert launch(name, {"task": "key_lock", **folder}) == 2
    assert "another deployment runs" in capsys.readouterr().err
    assert running.is_dir()


def test_another_users_folder_is_one_line(tmp_path):
    device_directory().write_text("")  # nobody's permissions stop root
    with pytest.raises(GraphError, match="another user has this ROS_DOMAIN_ID"), robot_lock(""):
        pass


def test_a_run_folder_that_cannot_be_made_is_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert launch("deploy", {"task": "key_lock", "run_dir": str(tmp_path / "file")}) == 2
    assert f"run_dir:={tmp_path / 'file'}" in capsys.readouterr().err
