"""A recorded episode through the live nodes: as then with the same policy, otherwise with another."""

import json
from pathlib import Path

import pytest

from vital_ros.config import share_directory
from vital_ros.policy import load_card

from .fake_xarm import FakeXArm

BAG = Path(__file__).parents[1] / "data" / "plug_socket"


@pytest.fixture
def driver(ros_domain):
    fake = FakeXArm(ros_domain)
    yield fake
    fake.close()


def test_the_same_policy_does_the_same_and_nothing_moves(launch, driver, tmp_path):
    card = load_card(share_directory("models") / "plug_socket" / "vital_bc")
    replay = launch("replay", str(BAG), f"--run-dir={tmp_path / 'run'}", "--rate=1.5")
    assert replay.wait() == 0, replay.output
    told = json.loads((tmp_path / "run" / "replay.json").read_text())
    assert told["then"]["weights_sha256"] == card.weights_sha256, "record test/data/plug_socket again: new weights"
    assert told["steps_now"] == told["steps_then"] >= 20
    assert told["largest_error"] <= 1e-4 and told["seen_otherwise"] == []
    assert all(step["same_image"] and step["setpoint_mm"] < 0.01 for step in told["steps"])
    assert told["localized_again"] and told["target_moved_mm"] < 0.01
    assert told["now"]["arm_stopped_by"] == ""
    assert (tmp_path / "run" / "replay.png").is_file()
    assert "no divergence" in replay.output
    assert driver.received == []


def test_another_execution_diverges(launch, tmp_path):
    """Exit code 1, and where it begins: the ensemble's first action is that of the only chunk it has."""
    replay = launch("replay", str(BAG), f"--run-dir={tmp_path / 'run'}", "--rate=20", "--execution=ensemble")
    assert replay.wait() == 1, replay.output
    told = json.loads((tmp_path / "run" / "replay.json").read_text())
    assert told["steps_now"] == told["steps_then"] and told["seen_otherwise"] == []
    assert told["steps"][0]["error"] <= 1e-4 < told["largest_error"]
    assert f"first divergence at step {told['first_divergence']['step']}" in replay.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere is no episode: it has no metadata.yaml"),
        ([str(BAG), "--rate=0"], "rate:=0: it should be at least 0.01"),
        ([str(BAG), "--policy=nothing"], "no policy at"),
    ],
)
def test_bad_arguments_are_one_line(launch, tmp_path, arguments, message):
    replay = launch("replay", *arguments, f"--run-dir={tmp_path / 'run'}")
    assert replay.wait() == 2
    assert message in replay.output and "Traceback" not in replay.output
