"""The main job, as a user starts it: every process real, one command, one verdict."""

import json

import av
import pytest
import torch

from vital_ros.bags import EpisodeReader
from vital_ros.config import share_directory
from vital_ros.policy import load_checkpoint, save_checkpoint

from .conftest import nodes_of

TASKS = "card_swipe, key_lock, pick_block, plug_socket, usb_insertion"


def test_key_lock_runs_to_a_verdict_and_leaves_a_run_folder(deploy, tmp_path):
    report_file = tmp_path / "out" / "report.json"
    slowly = "real_time_factor:=0.4"  # slow machines keep that
    deployment = deploy("task:=key_lock", "episodes:=2", "seed:=30000", f"report:={report_file}", slowly)
    assert deployment.wait() == 0, deployment.output
    report = json.loads(report_file.read_text())
    assert [episode["seed"] for episode in report["episodes"]] == [30000, 30001]
    for episode in report["episodes"]:
        assert episode["outcome"] in ("success", "failure", "timeout", "stopped")
        assert set(episode["phases"]) == {"localize", "reach", "policy"}
        assert episode["steps"] > 5
        assert 0 <= episode["lateness"]["p50_ms"] <= episode["lateness"]["p99_ms"]
        assert episode["max_force"] is not None
    run = tmp_path / "run"
    assert json.loads((run / "report.json").read_text()) == report
    assert (run / "summary.png").read_bytes().startswith(b"\x89PNG")
    for index, episode in enumerate(report["episodes"]):
        with av.open(str(run / "videos" / f"episode_{index:03d}.mp4")) as video:
            assert sum(1 for _ in video.decode(video=0)) > 10
        bag = EpisodeReader(run / "episodes" / episode["episode_id"])
        _, transitions = bag.stream("/policy/transition")
        steps = [t.step for t in transitions]
        assert steps == sorted(set(steps))
        assert len(steps) == episode["steps"] + 1  # the last one closes the episode
        assert [t.terminated or t.truncated for t in transitions] == [False] * episode["steps"] + [True]
        assert len(bag.stream("/anyskin/tactile")[0]) > 10 * episode["steps"]
    assert nodes_of(run) == []


def test_second_deployment_on_the_domain_is_refused(deploy, tmp_path):
    first = deploy("task:=key_lock", "episodes:=0")
    first.wait_for("waiting")
    second = deploy("task:=key_lock", f"run_dir:={tmp_path / 'second'}")
    assert second.wait() == 2
    assert "another deployment runs on ROS_DOMAIN_ID" in second.output
    assert first.process.poll() is None


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["task:=key_look"], 2, f"unknown task 'key_look'; known: {TASKS}; did you mean 'key_lock'?"),
        (["tsak:=key_lock"], 2, "unknown argument 'tsak'; did you mean 'task'?"),
        (["task:=key_lock", "episodes:=x"], 2, "episodes:=x: it should be a number"),
        (["task:=key_lock", "robot_ip:=192.0.2.1"], 2, "package xarm_api is not installed"),
        (["task:=key_lock", "config_dir:=/nowhere"], 2, "configuration directory '/nowhere' does not exist"),
        (["task:=key_lock", "policy:=nothing"], 3, "nothing"),
    ],
)
def test_bad_input_is_one_line_and_nothing_moves(deploy, arguments, code, message):
    deployment = deploy(*arguments)
    assert deployment.wait() == code, deployment.output
    assert message in deployment.output
    assert "Traceback" not in deployment.output
    assert "local policy" not in deployment.output


def test_corrupt_weights_start_no_motion(deploy, tmp_path):
    source, copy = share_directory("models") / "key_lock" / "vital_bc", tmp_path / "changed"
    copy.with_suffix(".json").write_text(source.with_suffix(".json").read_text())
    copy.with_suffix(".safetensors").write_bytes(source.with_suffix(".safetensors").read_bytes()[:1000])
    deployment = deploy("task:=key_lock", f"policy:={copy}.safetensors")
    assert deployment.wait() == 3
    assert "policy_executor could not configure" in deployment.output
    assert "changed.safetensors is damaged" in deployment.output.replace("\n", "")


def test_a_policy_of_another_contract_is_refused(deploy, tmp_path):
    network, card = load_checkpoint(share_directory("models") / "key_lock" / "vital_bc")
    other = card.observation.model_copy(update={"crop_right": 0.1})
    save_checkpoint(tmp_path / "other", network, card.model_copy(update={"observation": other}))
    deployment = deploy("task:=key_lock", f"policy:={tmp_path / 'other'}.safetensors")
    assert deployment.wait() == 3
    assert "crop_right" in deployment.output


def test_a_policy_that_says_nan_stops_the_arm(deploy, tmp_path):
    network, card = load_checkpoint(share_directory("models") / "key_lock" / "vital_bc")
    with torch.no_grad():
        network.action_token[:] = float("nan")
    save_checkpoint(tmp_path / "nan", network, card)
    run = f"policy:={tmp_path / 'nan'}.safetensors"
    deployment = deploy("task:=key_lock", "seed:=30000", "video:=false", run)
    assert deployment.wait() == 3, deployment.output
    assert "finite" in deployment.output
