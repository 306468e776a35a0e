"""Every mistake in a configuration is one line that names key, value and what is allowed."""

import shutil

import pytest
import yaml

from vital_ros.config import ConfigError, load_config, share_directory


@pytest.fixture
def directory(tmp_path):
    shutil.copytree(share_directory("config"), tmp_path / "config")
    return tmp_path / "config"


def edit(path, change):
    data = yaml.safe_load(path.read_text())
    change(data)
    path.write_text(yaml.safe_dump(data))


def test_shipped_configuration_loads_whole():
    config = load_config()
    assert [config.task(name).name for name in config.names("tasks")] == config.names("tasks")
    assert [config.policy(name).name for name in config.names("policies")] == config.names("policies")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["arm"].update(servo_rate="fast"), r"arm\.servo_rate = 'fast'.*number"),
        (lambda d: d["arm"].update(servo_rate=500.0), r"arm\.servo_rate = 500.*less than or equal to 250"),
        (lambda d: d["arm"].update(max_speed=float("nan")), r"arm\.max_speed = nan"),
        (lambda d: d["arm"].update(max_speed=True), r"arm\.max_speed = True.*number"),
        (lambda d: d["arm"].update(backend="magic"), r"arm\.backend = 'magic'.*'servo' or 'online'"),
        (lambda d: d["arm"].update(servo_rat=1), r"unknown key 'arm\.servo_rat'; allowed here: .*servo_rate"),
        (lambda d: d.pop("arm"), r"key 'arm' is missing"),
        (lambda d: d["arm"]["workspace"].update(min=[1, 1, 1]), r"min should be less than that of max"),
    ],
)
def test_robot_mistakes_are_named(directory, change, message):
    edit(directory / "robot.yaml", change)
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(directory)
    assert "\n" not in str(caught.value)


def test_start_box_outside_the_workspace_is_refused(directory):
    edit(directory / "tasks/key_lock.yaml", lambda d: d["start_box"].update(size=[0.5, 0.06, 0]))
    with pytest.raises(ConfigError, match="start_box reaches outside workspace along x"):
        load_config(directory).task("key_lock")


def test_unknown_task_suggests_the_nearest():
    with pytest.raises(ConfigError, match="unknown task 'keylock'; known: .*did you mean 'key_lock'"):
        load_config().task("keylock")


@pytest.mark.parametrize("content", ["a: [1, 2", "just text", "- 1\n- 2"])
def test_files_that_are_no_configuration(directory, content):
    (directory / "robot.yaml").write_text(content)
    with pytest.raises(ConfigError, match="robot.yaml"):
        load_config(directory)


def test_missing_file_and_directory(directory, tmp_path):
    (directory / "cameras.yaml").unlink()
    with pytest.raises(ConfigError, match="cameras.yaml: cannot be read"):
        load_config(directory)
    with pytest.raises(ConfigError, match="does not exist"):
        load_config(tmp_path / "nowhere")
