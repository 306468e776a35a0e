"""./vital learn: what comes next in a folder, for one robot or for one of several."""

from pathlib import Path

import pytest

from vital_ros.cli.learning import continue_learning
from vital_ros.graph import ArgumentError, parse_arguments


def continued(folder, **given):
    arguments = parse_arguments("learn", {"task": "key_lock", "run_dir": str(folder), **given})
    continue_learning(arguments)
    return arguments


def played(folder, *seeds):
    for seed in seeds:
        episode = folder / "episodes" / f"key_lock-20260102-030405-000009-s{seed}"
        episode.mkdir(parents=True)
        (episode / "metadata.yaml").write_text("")


def test_it_goes_on_with_the_seed_after_the_last(tmp_path):
    assert continued(tmp_path, seed="7")["seed"] == 7
    played(tmp_path, 7, 8)
    assert continued(tmp_path, seed="7")["seed"] == 9


def test_several_robots_have_starts_and_folders_of_their_own(tmp_path):
    played(tmp_path, 0, 1, 5000)
    left = continued(tmp_path, robots="left,right", namespace="left")
    right = continued(tmp_path, robots="left,right", namespace="right")
    assert (left["seed"], right["seed"]) == (2, 5001)
    assert [Path(robot["run_dir"]) for robot in (left, right)] == [tmp_path / "left", tmp_path / "right"]
    with pytest.raises(ArgumentError, match="there are 5000 starts to train on for each robot"):
        continued(tmp_path, robots="left,right", namespace="left", episodes="5000")


def test_only_the_learner_s_machine_clears_up_after_a_killed_recorder(tmp_path):
    half = tmp_path / "episodes" / ".key_lock-20260102-030405-000009-s3.partial"
    half.mkdir(parents=True)
    continued(tmp_path, robots="left,right", namespace="right")
    assert half.exists()
    continued(tmp_path, robots="left,right", namespace="left")
    assert not half.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"namespace": "left"}, "name all robots of the learner too"),
        ({"robots": "left,right"}, "namespace:=: it should be one of robots:=left,right"),
        ({"robots": "left,right", "namespace": "middle"}, "it should be one of robots:=left,right"),
        ({"robots": "left,left", "namespace": "left"}, "each should be named once"),
        ({"seed": "9990"}, "seed:=9990: there are 10000 starts"),
    ],
)
def test_what_cannot_be_continued_is_refused(tmp_path, given, said):
    with pytest.raises(ArgumentError, match=said):
        continued(tmp_path, **given)
