"""Demonstrations recorded from the live graph: by the expert in the person's place, and by a person at a terminal."""

import contextlib
import json
import os
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from vital_ros.bags import EpisodeReader
from vital_ros.bags import messages as m
from vital_ros.config import load_config
from vital_ros.learning import inspection
from vital_ros.learning.dataset import Demonstrations
from vital_ros.policy.contract import observation_contract


def test_the_expert_records_what_training_reads(launch, tmp_path, monkeypatch):
    monkeypatch.setattr(inspection, "TOLERANCE", 0.9)  # a busy machine draws slowly, no fault of the bag
    monkeypatch.setattr(inspection, "LONGEST_GAP", 5.0)
    out = tmp_path / "demos"
    arguments = ("task:=key_lock", "operator:=expert", "headless:=true", "video:=false", f"out:={out}", "seed:=60")
    recording = launch("record", *arguments, "episodes:=2")
    assert recording.wait() == 0, recording.output
    config = load_config()
    data = Demonstrations.load(out, "key_lock", observation_contract(config))
    assert len(data.names) == 2
    name = data.names[0]  # the cell was reset after it
    episode = EpisodeReader(out / name)
    facts = episode.metadata
    assert (facts["source"], facts["success"], facts["task"], facts["seed"]) == ("expert", True, "key_lock", 60)
    np.testing.assert_allclose(facts["target"]["position"], (0.45, 0.0, 0.05), atol=0.003)
    frames, masked = (episode.images(topic).stamps_ns for topic in ("/wrist_camera/image_raw", "/sim/wrist_mask"))
    np.testing.assert_array_equal(frames, masked)
    positions = np.array([m.pose_of(state.pose).position for state in episode.stream("/arm/state").messages])
    assert np.linalg.norm(np.diff(positions, axis=0), axis=1).max() < 0.02  # the arm was never put home meanwhile
    target = m.pose_of(episode.stream("/policy/target").messages[-1].pose)
    states = episode.stream("/arm/state").messages
    first, last = (target.inverse().apply(m.pose_of(state.pose).position) for state in (states[0], states[-1]))
    task = config.task("key_lock")
    assert first[2] == pytest.approx(task.start_box.center[2], abs=0.005)
    np.testing.assert_allclose(last, task.goal, atol=6e-3)
    sources = {setpoint.source for setpoint in episode.stream("/arm/setpoint").messages}
    assert sources == {2}  # TELEOP
    masks = [m.image_array(message) for message in episode.images("/sim/wrist_mask").messages]
    assert all(0.05 < np.mean(mask == 255) < 0.9 for mask in masks)

    again = launch("record", *arguments, "episodes:=2", f"run_dir:={tmp_path / 'again'}")
    assert again.wait() == 0 and "holds 2 successful episodes" in again.output
    assert {path.name for path in out.iterdir()} >= set(data.names)


@contextlib.contextmanager
def held_down(terminal: int, keys: bytes) -> Iterator[None]:
    """Keys are pressed ten times a second: what is pressed before an episode begins counts for nothing."""
    done = threading.Event()

    def press() -> None:
        while not done.wait(0.1):
            os.write(terminal, keys)

    pressing = threading.Thread(target=press)
    pressing.start()
    try:
        yield
    finally:
        done.set()
        pressing.join()


def test_a_person_at_a_terminal_moves_labels_and_is_asked_again(launch, tmp_path):
    """Keys go in at one end of a pseudo-terminal; a failure is kept as such and does not count."""
    person, device = os.openpty()
    out = tmp_path / "demos"
    recording = launch(
        "record", "task:=key_lock", "operator:=keyboard", f"device:={os.ttyname(device)}", "headless:=true",
        "video:=false", "episodes:=1", f"out:={out}", "confirm:=true",
    )  # fmt: skip
    recording.wait_for("episode 1/1: local policy")
    assert "w/s forward/back" in recording.output  # a person is told the keys
    with held_down(person, b"ff"):
        threading.Event().wait(2.0)
    with held_down(person, b"\x7f"):
        recording.wait_for("operator: failed")
    recording.wait_for("put everything back, then press n")
    with held_down(person, b"n"):
        recording.wait_for("episode 2/1: local policy")
    with held_down(person, b"\n"):
        assert recording.wait() == 0, recording.output
    for end in (person, device):
        os.close(end)

    first, second = (EpisodeReader(path) for path in sorted(out.iterdir()))
    assert (first.metadata["success"], second.metadata["success"]) == (False, True)
    assert first.metadata["source"] == "keyboard"
    heights = [state.pose.position.z for state in first.stream("/arm/state").messages]
    assert heights[0] - min(heights) > 0.004  # it went down
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert [episode["outcome"] for episode in report["episodes"]] == ["failure", "success"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("operator:=keyboard",), "operator:=keyboard needs a terminal"),
        (("operator:=feet",), "operator:=feet: it should be one of keyboard, gamepad, expert"),
        (("operator:=expert", "robot_ip:=192.0.2.1"), "the expert sees the truth, so it plays in simulation only"),
        (("operator:=expert", "scene:=nowhere.yaml"), "nowhere.yaml: cannot be read"),
        (("operator:=expert", "seed:=100000"), "seed:=100000: below 10000"),
    ],
)
def test_bad_arguments_are_one_line(launch, tmp_path, arguments, message):
    recording = launch("record", "task:=key_lock", *arguments, f"out:={tmp_path / 'demos'}")
    assert recording.wait() == 2
    assert message in recording.output and len(recording.lines) == 1
    assert not (tmp_path / "demos").exists()


def test_a_gamepad_that_is_not_there_is_said(launch, tmp_path):
    absent = tmp_path / "js9"
    recording = launch(
        "record", "task:=key_lock", "operator:=gamepad", f"device:={absent}", "headless:=true", f"out:={tmp_path}"
    )
    assert recording.wait() == 3
    assert f"gamepad: '{absent}' cannot be opened" in recording.output
