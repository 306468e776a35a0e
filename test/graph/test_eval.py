"""`./vital eval --pipeline --graph` with every process real."""

import json
import signal

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped

from vital_ros.config import load_config
from vital_ros.sim import Cell
from vital_ros.sim.conditions import load_condition

from .conftest import LIMIT, nodes_of

SEED = 30_000
STAGES = ("pointing", "depth", "reach", "policy")


@pytest.fixture
def evaluate(launch, tmp_path):
    asked = ("--pipeline", "--graph", "--task", "pick_block", "--episodes", "1", "--seed", str(SEED))
    slowly = "--real-time-factor=0.4"  # slow machines keep that
    return lambda *more: launch("eval", *asked, slowly, f"--run-dir={tmp_path / 'runs'}", *more)


@pytest.fixture
def targets(client, latched):
    """What the graph's cell says of where the object is."""
    return client.subscribe(PoseStamped, "/sim/target_pose", latched)


def test_a_trial_is_looked_for_reached_acted_and_attributed(evaluate, targets, tmp_path):
    report = tmp_path / "report.json"
    evaluation = evaluate(f"--report={report}")
    assert evaluation.wait() == 0, evaluation.output
    read = json.loads(report.read_text())
    assert (read["settings"]["through"], read["settings"]["condition"], read["count"]) == ("graph", "reaching", 1)
    assert tuple(read["stages"]) == STAGES and sum(read["stages"].values()) == 1 - read["successes"]
    (episode,) = read["episodes"]
    assert (episode["seed"], episode["scene"], episode["place"]) == (SEED, "workbench", "near left")
    assert episode["outcome"] in ("success", "failure", "timeout", "stopped")
    assert episode["stage"] in STAGES and (episode["cause"] == "success") == episode["success"]
    assert episode["phases"]["reach"] > 1 and episode["steps"] > 5
    assert 0 <= read["lateness"]["p50_ms"] <= read["lateness"]["p99_ms"] and read["reaction"]["p50_ms"] > 0
    assert "failures began at: pointing" in evaluation.output and "ticks late by: p50" in evaluation.output
    assert report.with_suffix(".png").stat().st_size > 10_000

    # failures are attributed by where the graph's cell has put the block
    config, run = load_config(), tmp_path / "runs" / f"seed_{SEED}"
    scene = load_condition(config, "reaching", "pick_block").of_episode(0).scene
    told, truth = targets.messages[-1].pose.position, Cell("pick_block", config, SEED, scene=scene).target_pose()
    assert (told.x, told.y, told.z) == pytest.approx(tuple(truth.position), abs=1e-9)
    assert 0 < np.linalg.norm(truth.position[:2] - scene.target.position) < 0.01
    assert 0 < episode["localization_error"] < 0.01
    assert nodes_of(run) == []


def test_ctrl_c_ends_the_graph_with_one_line(evaluate, targets, tmp_path):
    evaluation, run = evaluate(), tmp_path / "runs" / f"seed_{SEED}"
    targets.wait(timeout=LIMIT)  # the cell is up
    assert nodes_of(run)
    evaluation.process.send_signal(signal.SIGINT)
    assert evaluation.wait() == 130
    assert evaluation.output == "vital eval: interrupted"
    assert nodes_of(run) == []
