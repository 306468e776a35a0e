"""`./vital train bc` from arguments to files."""

import argparse
import json

import pytest

from vital_ros.augmentation.backgrounds import Procedural
from vital_ros.augmentation.textures import Textures, write_pictures
from vital_ros.cli import train
from vital_ros.policy import load_card


@pytest.fixture
def config(tiny_config):
    return tiny_config


def command(config, *words):
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    return train.run(
        parser.parse_args(["bc", "--config", str(config), "--threads", "1", "--masks", "truth", *map(str, words)])
    )


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
        (["--task", "key_lock", "--preset", "quick", "--seed", "-1"], "--seed -1: at least 0"),
        (["--task", "key_lock", "--set", "network.encoder=vgg"], "--set: network.encoder = 'vgg': it should be"),
        (["--task", "key_lock", "--set", "network.encode=x"], "unknown key 'encode'; allowed here: tactile, encoder,"),
        (["--task", "key_lock", "--set", "network"], "--set network: it should be KEY=VALUE"),
        (["--task", "key_lock", "--set", "network.width=251"], "--set: network.heads = 2: it should divide width 251"),
    ],
)
def test_bad_arguments_get_one_line(config, words, message, capsys):
    assert command(config, *words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def quick(config, *words):
    return command(config, "--task", "key_lock", "--preset", "quick", *words)


def test_switches_from_the_command_line(config, write_episode, tmp_path):
    write_episode("a")
    demos, out = write_episode("b"), tmp_path / "run"
    switches = ["--set", "network.tactile=false", "--set", "presets.quick.iterations=1", "--set", "view_mask=true"]
    assert quick(config, "--demos", demos, "--out", out, *switches) == 0
    card = load_card(out / "vital_bc")
    assert (card.network.tactile, card.training["done"], card.observation.view_mask) == (False, 1, True)


def test_bad_episodes_are_named_and_skipped_only_when_told_so(config, write_episode, tmp_path, capsys):
    for name in ("a", "b", "failed"):
        write_episode(name, success=name != "failed")
    demos, out = write_episode("other", task="plug_socket"), tmp_path / "run"
    bag = next((demos / "b").glob("*.mcap"))
    bag.write_bytes(bag.read_bytes()[:5000])
    assert quick(config, "--demos", write_episode("c"), "--out", out) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"{demos / 'b'} is damaged: ")
    assert lines[1] == f"{demos / 'other'} is of task 'plug_socket', not 'key_lock'"
    assert lines[2].startswith("vital train: 2 of 5 episodes cannot be used: nothing was trained; --skip-bad")
    assert not out.exists()
    assert quick(config, "--demos", demos, "--out", out, "--skip-bad") == 0
    said = capsys.readouterr()
    assert "left out: 1 not successful" in said.out
    assert said.err.count("left out: ") == 2
    assert load_card(out / "vital_bc").data["left_out"].keys() == {"b", "other", "failed"}


def test_without_masks_only_policies_that_need_none_are_trained(config, write_episode, tmp_path, capsys):
    """As on a real arm, where nobody knows the true masks."""
    write_episode("a", masked=False)
    demos = write_episode("b", masked=False)
    assert quick(config, "--demos", demos, "--masks", "pipeline") == 2
    assert f"{demos} has no masks: ./vital masks --demos {demos} makes them" in capsys.readouterr().err
    assert quick(config, "--demos", demos, "--out", tmp_path / "x") == 2
    assert "b has no /sim/wrist_mask" in capsys.readouterr().err
    words = ["--set", "augmentation.background=0", "--out", tmp_path / "run", "--masks", "pipeline"]
    assert quick(config, "--demos", demos, *words) == 0


def test_backgrounds_of_a_folder_are_part_of_the_run(config, write_episode, tmp_path, capsys):
    write_episode("a")
    demos, out, pictures = write_episode("b"), tmp_path / "run", tmp_path / "pictures"
    write_pictures(pictures, "procedural", Procedural(), range(2), 0)
    words = ["--demos", demos, "--out", out, "--set", "augmentation.background=1"]
    assert quick(config, *words, "--backgrounds", pictures) == 0
    facts = load_card(out / "vital_bc").training["backgrounds"]
    assert facts == Textures(pictures).facts()
    assert json.loads((out / "metrics.json").read_text())["run"]["backgrounds"] == facts
    assert quick(config, *words, "--backgrounds", pictures.rename(tmp_path / "moved")) == 0
    capsys.readouterr()
    assert quick(config, *words) == 2
    assert f"{out} was begun with backgrounds pictures (2 pictures, sha256 " in (error := capsys.readouterr().err)
    assert "), not procedural: continue it with the same --backgrounds, or choose" in error


def test_backgrounds_that_cannot_be_used(config, write_episode, tmp_path, capsys):
    write_episode("a")
    words = ["--demos", write_episode("b"), "--out", tmp_path / "run"]
    assert quick(config, *words, "--backgrounds", tmp_path / "x", "--set", "augmentation.background=1") == 2
    assert "x: there is no such folder of pictures" in capsys.readouterr().err
    assert quick(config, *words, "--backgrounds", tmp_path / "x", "--set", "augmentation.background=0") == 2
    assert "policy vital_bc replaces no backgrounds" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_run_folder_that_cannot_be_used(config, write_episode, tmp_path, capsys):
    write_episode("a")
    demos, out = write_episode("b"), tmp_path / "run"
    (tmp_path / "file").write_text("")
    assert quick(config, "--demos", demos, "--out", tmp_path / "file") == 2
    assert capsys.readouterr().err.startswith("vital train: ")
    assert quick(config, "--demos", demos, "--out", out) == 0
    (out / "vital_bc.json").write_text("{")
    assert quick(config, "--demos", demos, "--out", out) == 2
    error = capsys.readouterr().err
    assert "vital_bc.json" in error and error.count("\n") == 1


def test_a_card_does_not_say_where_the_data_was(config, write_episode, tmp_path):
    write_episode("a")
    demos, out = write_episode("b"), tmp_path / "run"
    write_episode("other", task="plug_socket")
    assert quick(config, "--demos", demos, "--out", out, "--skip-bad") == 0
    assert load_card(out / "vital_bc").data["left_out"] == {"other": "other is of task 'plug_socket', not 'key_lock'"}
