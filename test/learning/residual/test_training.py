"""The trainer with its two processes: what it leaves, and that kill -9 costs one episode at most."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from safetensors import safe_open

from vital_ros.cli import train
from vital_ros.config import ResidualConfig
from vital_ros.learning.residual.course import steps_to_streak
from vital_ros.learning.residual.training import ResidualTraining
from vital_ros.learning.state import TrainingError
from vital_ros.policy.checkpoint import load_card
from vital_ros.policy.residual_policy import ResidualPolicy

SETTINGS = ResidualConfig(width=16, utd=2, batch_size=8, warm_up=8, ramp=4, views=2, max_lag=20)


def make(config, base, out, steps=20, settings=SETTINGS, **changes):
    changes = {"evaluate_every": 100, "evaluation_episodes": 1, **changes}
    return ResidualTraining(config, "pick_block", base, settings, out, steps, **changes)


def test_a_run_leaves_a_usable_residual_and_its_record(short_config, base, tmp_path):
    reports = []
    training = make(short_config, base, tmp_path / "run")
    training.run(on_progress=reports.append)
    assert (training.replay.steps(), training.learner.step, reports[-1].utd) == (24, 24, 2.0)
    residual = ResidualPolicy.load(tmp_path / "run" / "vital", load_card(base).weights_sha256)
    assert residual.card.training["steps"] == 24 and residual.card.config == SETTINGS
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    evaluations = [(e["step"], e["base_only"], e["episodes"]) for e in metrics["evaluations"]]
    assert evaluations == [(0, True, 1), (24, False, 1)]
    assert [(e["steps"], e["success"]) for e in metrics["episodes"]] == [(6, False)] * 4
    assert (tmp_path / "run" / "learning.png").stat().st_size > 1000
    assert [training.replay.episode(name).facts.seed for name in training.replay.names] == [0, 1, 2, 3]
    again = make(short_config, base, tmp_path / "run")
    again.run()
    assert (again.learner.step, len(again.facts["evaluations"])) == (24, 2), "a finished run is not repeated"
    with pytest.raises(TrainingError, match="another training"):
        make(short_config, base, tmp_path / "run", seed=1)
    with pytest.raises(TrainingError, match="no more than warm_up"):
        make(short_config, base, tmp_path / "other", steps=8)


def test_kill_9_costs_one_episode_at_most(short_config, base, tmp_path):
    """The child is killed, with its worker, when three episodes are on the disk; a damaged fourth does no harm."""
    out = tmp_path / "run"
    words = ["--task", "pick_block", "--base", str(base), "--out", str(out), "--config", str(short_config.directory)]
    words += ["--steps", "10000", "--evaluation-episodes", "1", "--evaluate-every", "100000"]
    for key, value in SETTINGS.model_dump(exclude_defaults=True).items():
        words += ["--set", f"{key}={value}"]
    child = subprocess.Popen([sys.executable, "-m", "vital_ros.cli.main", "train", "residual", *words])
    deadline = time.monotonic() + 240
    while len(list(out.glob("replay/*.safetensors"))) < 3 and time.monotonic() < deadline:
        assert child.poll() is None
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    whole = sorted(path.stem for path in out.glob("replay/*.safetensors"))
    assert len(whole) >= 3
    with safe_open(out / "state.safetensors", "pt") as file:
        done = json.loads(file.metadata()["facts"])["updates"]
    (out / "replay" / "pick_block_000900.safetensors").write_bytes(b"half")
    problems = []
    own = SETTINGS.model_dump(exclude_defaults=True)
    settings = ResidualConfig.model_validate(short_config.residual.model_dump() | own)
    again = make(short_config, base, out, 6 * len(whole) + 10, settings, on_problem=problems.append)
    assert again.replay.names == whole and again.learner.agent.updates == done and "left out" in problems[0]
    again.run()
    assert again.replay.names[: len(whole)] == whole and again.replay.names[-1] == "pick_block_000902"
    assert again.learner.agent.updates == again.replay.steps() - SETTINGS.warm_up, "no update was lost or made twice"


def test_streak():
    episodes = [{"steps": 10, "success": index != 3} for index in range(30)]
    assert steps_to_streak(episodes) == 240
    assert steps_to_streak(episodes[:23]) is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--task", "pick_luck"], "unknown task 'pick_luck'"),
        (["--task", "pick_block", "--variant", "x"], "unknown variant 'x'; known: translation_only, as_released, rlpd"),
        (["--task", "pick_block", "--base", "/nowhere"], "no policy at /nowhere"),
        (["--task", "pick_block", "--set", "offset_scale=0.5"], "--set: offset_scale = 0.5"),
        (["--task", "pick_block", "--steps", "100", "--out", os.devnull], "100 steps are no more than warm_up"),
        (["--task", "pick_block", "--out", os.devnull], "cannot write to /dev/null"),
    ],
)
def test_bad_arguments_get_one_line(words, message, capsys):
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    assert train.run(parser.parse_args(["residual", *words])) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
