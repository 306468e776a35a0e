import os

import numpy as np
import pytest

from vital_ros.bags import EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.cli.recording import NothingToDo, continue_recording
from vital_ros.graph import ArgumentError, parse_arguments


def episode(folder, name, task="key_lock", success=True):
    with EpisodeWriter(folder / name, {"task": task, "success": success}) as writer:
        writer.write("/anyskin/tactile", m.tactile_message(np.zeros((2, 15)), 1), 1)


def arguments(folder, **given):
    given = {"task": "key_lock", "operator": "expert", "episodes": "3", "out": str(folder)} | given
    return parse_arguments("record", given)


def test_an_empty_folder_begins_at_the_first_seed(tmp_path):
    left = arguments(tmp_path / "new", seed="40")
    continue_recording(left)
    assert (left["episodes"], left["seed"]) == (3, 40)


def test_it_goes_on_where_it_stopped(tmp_path):
    episode(tmp_path, "a")
    episode(tmp_path, "b", success=False)
    left = arguments(tmp_path)
    continue_recording(left)
    assert (left["episodes"], left["seed"]) == (2, 2)


def test_what_a_killed_recorder_left_is_swept_away(tmp_path):
    episode(tmp_path, "a")
    (tmp_path / ".key_lock-20260102-030405-000009-s7.partial" / "bag").mkdir(parents=True)
    (tmp_path / ".card_swipe-1.partial").mkdir()
    continue_recording(arguments(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {"a", ".card_swipe-1.partial"}


def test_a_full_folder_is_no_failure(tmp_path):
    for name in "abc":
        episode(tmp_path, name)
    with pytest.raises(NothingToDo, match="holds 3 successful episodes"):
        continue_recording(arguments(tmp_path))


def test_tasks_are_not_mixed(tmp_path):
    episode(tmp_path, "a", task="card_swipe")
    with pytest.raises(ArgumentError, match="it holds episodes of card_swipe"):
        continue_recording(arguments(tmp_path))


def test_evaluation_seeds_stay_unseen(tmp_path):
    with pytest.raises(ArgumentError, match="seed:=9999: below 10000"):
        continue_recording(arguments(tmp_path, seed="9999"))
    real = arguments(tmp_path, seed="9999", robot_ip="192.0.2.1", operator="gamepad")
    continue_recording(real)  # at a real arm a seed is but a start pose


def test_a_keyboard_needs_a_terminal(tmp_path, monkeypatch):
    with open(os.devnull) as nothing, monkeypatch.context() as patch:
        patch.setattr("sys.stdin", nothing)
        with pytest.raises(ArgumentError, match="operator:=keyboard needs a terminal"):
            continue_recording(arguments(tmp_path, operator="keyboard"))
    person, device = os.openpty()
    with os.fdopen(device) as terminal, monkeypatch.context() as patch:
        patch.setattr("sys.stdin", terminal)
        left = arguments(tmp_path, operator="keyboard")
        continue_recording(left)
        assert left["device"] == os.ttyname(terminal.fileno())
    os.close(person)
