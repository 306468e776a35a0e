"""What is launched for a trial through the graph; test/graph/test_eval.py plays a real one."""

import signal

import pytest

from vital_ros.config import share_directory
from vital_ros.evaluation import graph_trials
from vital_ros.evaluation.graph_trials import GraphTrials, deploy
from vital_ros.evaluation.trials import TrialFailed, run_trials
from vital_ros.graph import ArgumentError, parse_arguments
from vital_ros.sim.conditions import load_condition
from vital_ros.sim.scenes import load_scene

from .trial_runs import ACTED, EPISODE, LOOKED, OFFSET, leave, record

POLICY = share_directory("models") / "key_lock" / "vital_bc"


@pytest.fixture
def trials(config, tmp_path):
    condition = load_condition(config, "yaw", "key_lock")
    return GraphTrials("key_lock", POLICY, range(7, 10), config, condition=condition,
                       run_dir=tmp_path / "runs", real_time_factor=0.5)  # fmt: skip


def test_each_trial_is_a_deployment_of_one_episode_in_its_own_scene(trials, monkeypatch, tmp_path):
    launched = []

    def pretend(arguments):
        launched.append(parse_arguments("deploy", arguments))
        seed = int(arguments["seed"])
        leave(tmp_path / "runs" / f"seed_{seed}", "error", LOOKED, "not found", seed)

    monkeypatch.setattr(graph_trials, "deploy", pretend)
    results = run_trials(trials)
    assert [(r.seed, r.place) for r in results] == [(7, "anticlockwise"), (8, "clockwise"), (9, "anticlockwise")]
    assert [a["seed"] for a in launched] == [7, 8, 9]
    for index, arguments in enumerate(launched):
        scene = trials.condition.of_episode(index).scene
        assert load_scene(tmp_path / "runs" / f"seed_{index + 7}" / "scene.yaml") == scene
        assert arguments["scene"] == str(tmp_path / "runs" / f"seed_{index + 7}" / "scene.yaml")
        assert arguments["target_yaw"] == scene.target.yaw != 0
        assert (arguments["episodes"], arguments["execution"]) == (1, "newest")
        assert (arguments["headless"], arguments["video"], arguments["record"]) == (True, False, True)
        assert arguments["policy"] == str(POLICY.with_suffix(".safetensors"))
        assert arguments["real_time_factor"] == 0.5


def test_the_truth_is_where_the_seed_puts_the_fixture(trials, monkeypatch, cell, tmp_path):
    cell.reset(7, target=trials.condition.of_episode(0).scene.target.pose(cell.task))

    def pretend(arguments):
        leave(tmp_path / "runs" / "seed_7", "success", ACTED, "success")
        record(tmp_path / "runs" / "seed_7" / "episodes" / EPISODE, cell.target_pose().position - OFFSET)

    monkeypatch.setattr(graph_trials, "deploy", pretend)
    assert trials(0).localization_error == pytest.approx(0.0, abs=1e-9)


def test_a_missing_recording_breaks_the_run(trials, monkeypatch, tmp_path):
    monkeypatch.setattr(graph_trials, "deploy", lambda arguments: leave(tmp_path / "runs" / "seed_7", "success", ACTED))
    with pytest.raises(TrialFailed, match="is no episode"):
        trials(0)


def test_no_cell_stands_still(config, tmp_path):
    condition = load_condition(config, "yaw", "key_lock")
    with pytest.raises(ArgumentError, match="real_time_factor:=0.0: it should be at least 0.05"):
        GraphTrials("key_lock", POLICY, [7], config, condition=condition, run_dir=tmp_path,
                    real_time_factor=0.0)  # fmt: skip


class Ended:
    """A process that has ended or, while Ctrl-C is pressed, ends at SIGINT."""

    code, patient, complaint = 0, True, ""

    def __init__(self, command, **_):
        self.signals, self.returncode = [], None
        Ended.last = self

    def communicate(self):
        if not self.patient and not self.signals:
            raise KeyboardInterrupt
        self.returncode = self.code
        return None, self.complaint

    def poll(self):
        return self.returncode

    def send_signal(self, number):
        self.signals.append(number)


@pytest.mark.parametrize(
    ("code", "outcome", "broken"),
    [
        (0, "success", False),
        (0, "timeout", False),
        (3, "error", False),
        (3, "success", True),
        (3, "cancelled", True),
        (3, None, True),
        (2, None, True),
        (130, "cancelled", True),
    ],
)
def test_an_episode_without_verdict_is_a_trial_and_a_graph_that_fails_is_none(
    code, outcome, broken, monkeypatch, tmp_path
):
    monkeypatch.setattr(graph_trials.subprocess, "Popen", Ended)
    monkeypatch.setattr(Ended, "code", code)
    monkeypatch.setattr(Ended, "complaint", "and so on\nsim_cell ended (signal SIGKILL)\n")
    if outcome:
        leave(tmp_path, outcome, ACTED)
    arguments = {"task": "key_lock", "seed": "7", "run_dir": str(tmp_path)}
    if not broken:
        deploy(arguments)
        return
    says = (
        rf"^seed 7: the graph failed \(exit code {code}\): sim_cell ended \(signal SIGKILL\)  Run folder: {tmp_path}$"
    )
    with pytest.raises(TrialFailed, match=says):
        deploy(arguments)


def test_ctrl_c_ends_the_deployment(monkeypatch, tmp_path):
    monkeypatch.setattr(graph_trials.subprocess, "Popen", Ended)
    monkeypatch.setattr(Ended, "patient", False)
    with pytest.raises(KeyboardInterrupt):
        deploy({"seed": "7", "run_dir": str(tmp_path)})
    assert Ended.last.signals == [signal.SIGINT]


def test_what_deploy_says_last_is_told(tmp_path):
    with pytest.raises(TrialFailed) as error:
        deploy({"task": "kee_lock", "seed": "7", "run_dir": str(tmp_path)})
    assert "(exit code 2): vital deploy: unknown task 'kee_lock'" in str(error.value)
    assert "\n" not in str(error.value)
