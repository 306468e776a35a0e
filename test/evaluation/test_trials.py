import json

import numpy as np
import pytest

from vital_ros.config import ConfigError, load_config
from vital_ros.evaluation.report import run_report, write_json
from vital_ros.evaluation.trials import ExpertAgent, PolicyAgent, run_trial, run_trials
from vital_ros.geometry import Pose
from vital_ros.policy import PolicyError
from vital_ros.sim import Cell

SEED = 600_000


@pytest.fixture(scope="module")
def config():
    return load_config()


@pytest.fixture(scope="module")
def cell(config):
    cell = Cell("key_lock", config)
    yield cell
    cell.close()


class Constant:
    """Moves by the same step each time."""

    def __init__(self, step, opening=0.0):
        self.step, self.opening, self.seen = np.array(step), opening, []

    def reset(self, seed):
        self.seen = []

    def act(self, cell, baseline, commanded):
        pose = cell.tcp_pose()
        self.seen.append(pose.position)
        return Pose(pose.position + self.step, pose.quaternion), self.opening


def test_the_expert_in_process(config, tmp_path):
    results = run_trials("key_lock", "expert", [SEED, SEED + 1], config)
    assert [r.seed for r in results] == [SEED, SEED + 1]
    assert all(r.success and r.depth > 0.02 and 10 < r.steps < 60 for r in results)
    report = run_report({"task": "key_lock"}, list(results))
    write_json(tmp_path / "report.json", report)
    read = json.loads((tmp_path / "report.json").read_text())
    assert read["successes"] == 2
    assert "last_view" not in read["episodes"][0] and read["episodes"][0]["face_error"] < 0.004
    assert results[0].last_view.shape == (128, 128, 3)


def test_equal_seeds_give_equal_trials(cell, config):
    first, again = (run_trial(cell, ExpertAgent(), SEED + 2, config) for _ in range(2))
    first.last_view = again.last_view = None
    assert first == again


def test_several_processes_give_the_same(config):
    seeds = [SEED, SEED + 1, SEED + 2]
    alone, together = (run_trials("key_lock", "expert", seeds, config, processes=n) for n in (1, 2))
    assert [r.summary() for r in alone] == [r.summary() for r in together]


def test_no_verdict_is_a_timeout(cell, config):
    result = run_trial(cell, Constant((0, 0, 0)), SEED, config)
    assert (result.outcome, result.success) == ("timeout", False)
    assert result.phases["local_policy"] == pytest.approx(15.0, abs=0.2)
    assert result.steps == 90 and result.face_error is None


def test_a_lost_part_is_a_failure(cell, config):
    result = run_trial(cell, Constant((0, 0, 0), opening=1.0), SEED, config)
    assert (result.outcome, result.reason) == ("failure", "dropped")


def test_the_limits_of_the_task_hold(cell, config):
    task = config.task("key_lock")
    agent = Constant((0.05, 0, 0.05))
    run_trial(cell, agent, SEED, config)
    places = cell.settings.fixture.pose.inverse().apply(np.array(agent.seen))
    assert (places <= np.array(task.workspace.max) + 1e-3).all()
    assert np.linalg.norm(np.diff(agent.seen, axis=0), axis=1).max() <= task.max_step.translation * 1.1


def test_pressing_on_touch_stops_where_the_gate_would(config):
    strict = load_config()
    task = strict.task("key_lock").model_copy(update={"tactile_limit": 300.0})
    strict.task = lambda name: task
    cell = Cell("key_lock", strict)
    result = run_trial(cell, Constant((0, 0.001, -0.005)), SEED, strict)
    assert result.outcome == "stopped" and "tactile norm" in result.reason
    cell.close()


def test_a_policy_that_fails_says_so(cell, config):
    class Broken:
        def reset(self):
            pass

        def act(self, *_):
            raise PolicyError("policy x of key_lock gave a non-finite action")

    with pytest.raises(PolicyError, match="non-finite"):
        run_trial(cell, PolicyAgent(Broken(), config), SEED, config)


def test_video(cell, config, tmp_path):
    run_trial(cell, ExpertAgent(), SEED, config, tmp_path / "trial.mp4")
    assert (tmp_path / "trial.mp4").stat().st_size > 5_000


@pytest.mark.parametrize("processes", [1, 2])
def test_bad_arguments(config, processes):
    with pytest.raises(ConfigError, match="unknown task 'kee_lock'.*did you mean 'key_lock'"):
        run_trials("kee_lock", "expert", [0, 1], config, processes=processes)
    with pytest.raises(PolicyError, match="no policy at"):
        run_trials("key_lock", "nowhere/policy", [0, 1], config, processes=processes)
