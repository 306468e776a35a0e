"""`./vital train bc` from arguments to files."""

import argparse
import shutil

import pytest
import yaml

from vital_ros.cli import train
from vital_ros.config import share_directory
from vital_ros.policy import load_card


@pytest.fixture
def config(tmp_path):
    """The installed configuration with the synthetic episodes' camera and a tiny policy."""
    folder = tmp_path / "config"
    shutil.copytree(share_directory("config"), folder)
    cameras = yaml.safe_load((folder / "cameras.yaml").read_text())
    cameras["wrist"] |= {"width": 40, "height": 32}
    (folder / "cameras.yaml").write_text(yaml.safe_dump(cameras))
    preset = {"iterations": 2, "batch_size": 2, "learning_rate": 1e-4}
    network = {"width": 32, "keypoints": 8, "layers": 1, "heads": 2}
    policy = {"name": "vital_bc", "network": network, "presets": {"quick": preset}}
    (folder / "policies" / "vital_bc.yaml").write_text(yaml.safe_dump(policy))
    return folder


def command(config, *words):
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    return train.run(parser.parse_args(["bc", "--config", str(config), "--threads", "1", *map(str, words)]))


def test_trains(config, write_episode, tmp_path, capsys):
    write_episode("a")
    demos, out = write_episode("b"), tmp_path / "run"
    assert command(config, "--task", "key_lock", "--preset", "quick", "--demos", demos, "--out", out) == 0
    assert load_card(out / "vital_bc").training["done"] == 2
    assert "2/2 loss" in capsys.readouterr().out
    assert command(config, "--task", "key_lock", "--preset", "quick", "--demos", demos, "--out", out) == 0
    assert "continuing at iteration 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--task", "key_luck"], "unknown task 'key_luck'; known: card_swipe, key_lock,"),
        (["--task", "key_lock", "--policy", "x"], "unknown policy 'x'"),
        (["--task", "key_lock", "--preset", "huge"], "unknown preset 'huge' of vital_bc; known: quick"),
        (
            ["--task", "key_lock", "--preset", "quick", "--demos", "/nowhere"],
            "no successful episode of key_lock in /nowhere",
        ),
        (["--task", "key_lock", "--preset", "quick", "--device", "tpu"], "--device tpu: not available here"),
        (["--task", "key_lock", "--preset", "quick", "--threads", "0"], "--threads 0: at least 1"),
    ],
)
def test_bad_arguments_get_one_line(config, words, message, capsys):
    assert command(config, *words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
