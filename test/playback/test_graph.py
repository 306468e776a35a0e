"""The graph of a replay: live nodes on `/clock`, no device, a gate that commands nothing."""

import pytest

from vital_ros.config import load_config
from vital_ros.graph import ArgumentError, parse_arguments
from vital_ros.playback.graph import recorded_episode, replaying

from .conftest import FACTS


def specs(bag, **given):
    arguments = parse_arguments("replay", {"bag": str(bag), "run_dir": "run"} | given)
    return replaying(arguments, load_config(), recorded_episode(arguments["bag"]))


def test_nothing_of_it_can_move_an_arm(record):
    nodes = {spec.node_name: spec for spec in specs(record(), policy="vital_bc")}
    assert list(nodes) == ["arm_gate", "policy_executor", "replayer"]
    assert nodes["arm_gate"].parameters["dry_run"] is True
    assert all(spec.package == "vital_ros" for spec in nodes.values())
    assert all(nodes[name].parameters["use_sim_time"] for name in ("arm_gate", "policy_executor"))
    executor = nodes["policy_executor"].parameters
    assert (executor["task"], executor["policy"], executor["execution"]) == (
        "key_lock",
        "vital_bc",
        "",
    )  # as it was trained
    assert executor["target_yaw"] == pytest.approx(0.3)


def test_another_policy_may_act(record):
    nodes = specs(record(), policy="vital_bc", execution="ensemble")
    assert nodes[1].parameters["policy"] == nodes[-1].parameters["policy"] == "vital_bc"
    assert nodes[1].parameters["execution"] == "ensemble"


def test_somebody_must_say_which(record):
    with pytest.raises(ArgumentError, match="does not say which policy acted"):
        specs(record(facts={key: FACTS[key] for key in ("task", "seed")}))


def test_it_must_be_there(record):
    with pytest.raises(ArgumentError, match="no policy at .*tiny"):
        specs(record())


def test_what_is_no_bag_is_one_line(tmp_path):
    with pytest.raises(ArgumentError, match="is no episode") as caught:
        recorded_episode(str(tmp_path))
    assert "\n" not in str(caught.value)
