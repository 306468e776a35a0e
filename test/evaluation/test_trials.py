import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from vital_ros.config import ConfigError, load_config
from vital_ros.evaluation.report import run_report, write_json
from vital_ros.evaluation.trial import ExpertAgent, PolicyAgent, run_trial
from vital_ros.evaluation.trials import TrialFailed, Trials, run_trials
from vital_ros.geometry import Pose
from vital_ros.policy import PolicyError
from vital_ros.sim import Cell
from vital_ros.sim.appearance import Appearance
from vital_ros.sim.conditions import Combination, Condition, load_condition
from vital_ros.sim.place import Place
from vital_ros.sim.scenes import Scene

SEED = 600_000


class Constant:
    """Moves by the same step each time."""

    def __init__(self, step, opening=0.0):
        self.step, self.opening, self.seen = np.array(step), opening, []

    def reset(self, cell, seed):
        self.seen = []

    def act(self, cell, baseline, commanded):
        pose = cell.tcp_pose()
        self.seen.append(pose.position)
        return Pose(pose.position + self.step, pose.quaternion), self.opening


def test_the_expert_in_process(config, tmp_path):
    results = run_trials(Trials("key_lock", "expert", [SEED, SEED + 1], config))
    assert [r.seed for r in results] == [SEED, SEED + 1]
    assert all(r.success and r.cause == "success" and r.progress > 0.02 and 10 < r.steps < 60 for r in results)
    report = run_report({"task": "key_lock"}, list(results))
    write_json(tmp_path / "report.json", report)
    read = json.loads((tmp_path / "report.json").read_text())
    assert read["successes"] == 2
    assert "last_view" not in read["episodes"][0] and read["episodes"][0]["contact_error"] < 0.004
    assert results[0].last_view.shape == (128, 128, 3)


def test_the_expert_with_3_mm_of_error_never_succeeds(config):
    results = run_trials(Trials("key_lock", "expert", range(SEED, SEED + 4), config, expert_error=0.003))
    assert not any(r.success for r in results)


def test_equal_seeds_give_equal_trials(cell, config):
    first, again = (run_trial(cell, ExpertAgent(), SEED + 2, config) for _ in range(2))
    first.last_view = again.last_view = None
    assert first == again


def test_each_trial_takes_place_in_its_combination(config):
    turned = Scene(target=Place(position=(0.42, 0.1), yaw=0.5), appearance=Appearance(table=(0.8, 0.1, 0.1)))
    both = Condition("both", "", (Combination("home", "", "", Scene()), Combination("red", "turned", "", turned)))
    results = run_trials(Trials("key_lock", "expert", range(SEED, SEED + 3), config, condition=both))
    assert [(r.scene, r.place) for r in results] == [("home", ""), ("red", "turned"), ("home", "")]
    assert all(r.success for r in results)
    red = [view[118, 64, 0] > 2 * view[118, 64, 1] for view in (r.last_view.astype(int) for r in results)]
    assert red == [False, True, False]


def test_several_processes_give_the_same(config):
    """Whichever process plays which trial, with a cell for every object."""
    condition = load_condition(config, "instance", "key_lock")
    seeds = range(SEED, SEED + 4)
    alone, together = (
        run_trials(Trials("key_lock", "expert", seeds, config, condition=condition), processes) for processes in (1, 2)
    )
    assert [r.summary() for r in alone] == [r.summary() for r in together]
    assert len({r.object for r in alone}) == 3
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.last_view, other.last_view)


@pytest.mark.parametrize(
    ("of_episode", "says"), [(os._exit, "^a worker process died$"), (len, r"TypeError: .* \(trials.py:\d+\)$")]
)
def test_a_worker_that_breaks_ends_the_run_with_one_line(config, of_episode, says):
    trials = Trials("key_lock", "expert", range(SEED, SEED + 4), config)
    trials.condition = SimpleNamespace(of_episode=of_episode)
    with pytest.raises(TrialFailed, match=says) as error:
        run_trials(trials, 2)
    assert "\n" not in str(error.value)
    assert not [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


@pytest.mark.slow
def test_interrupted_it_leaves_no_process(tmp_path):
    command = [sys.executable, "-m", "vital_ros.cli.main", "eval", "--task", "key_lock", "--policy", "expert"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    run = subprocess.Popen(
        [*command, "--episodes", "500", "--processes", "2", "--videos", str(tmp_path)],
        env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a suite in the background ignores it
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("*.mp4")) and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    children = psutil.Process(run.pid).children(recursive=True)
    assert len(children) >= 2
    os.killpg(run.pid, signal.SIGINT)  # as the terminal does
    errors = run.communicate(timeout=60)[1]
    assert run.returncode == 130
    assert "Traceback" not in errors
    assert not psutil.wait_procs(children, timeout=30)[1]


def test_no_verdict_is_a_timeout(cell, config):
    result = run_trial(cell, Constant((0, 0, 0)), SEED, config)
    assert (result.outcome, result.cause, result.success) == ("timeout", "time-out", False)
    assert result.phases["local_policy"] == pytest.approx(15.0, abs=0.2)
    assert result.steps == 90 and result.contact_error is None


def test_a_lost_part_is_a_failure(cell, config):
    result = run_trial(cell, Constant((0, 0, 0), opening=1.0), SEED, config)
    assert (result.outcome, result.cause) == ("failure", "dropped")


def test_the_limits_of_the_task_hold(cell, config):
    task = config.task("key_lock")
    agent = Constant((0.05, 0, 0.05))
    run_trial(cell, agent, SEED, config)
    places = cell.nominal.inverse().apply(np.array(agent.seen))
    assert (places <= np.array(task.workspace.max) + 1e-3).all()
    assert np.linalg.norm(np.diff(agent.seen, axis=0), axis=1).max() <= task.max_step.translation * 1.1


def test_pressing_on_touch_stops_where_the_gate_would(config):
    strict = load_config()
    task = strict.task("key_lock").model_copy(update={"tactile_limit": 300.0})
    strict.task = lambda name: task
    cell = Cell("key_lock", strict)
    result = run_trial(cell, Constant((0, 0.001, -0.005)), SEED, strict)
    assert (result.outcome, result.cause) == ("stopped", "touch") and "tactile norm" in result.reason
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
    run_trial(cell, ExpertAgent(), SEED, config, video=tmp_path / "trial.mp4")
    assert (tmp_path / "trial.mp4").stat().st_size > 5_000


def test_bad_arguments_are_found_before_the_first_trial(config):
    with pytest.raises(ConfigError, match="unknown task 'kee_lock'.*did you mean 'key_lock'"):
        Trials("kee_lock", "expert", [0, 1], config)
    with pytest.raises(PolicyError, match="no policy at"):
        Trials("key_lock", "nowhere/policy", [0, 1], config)
