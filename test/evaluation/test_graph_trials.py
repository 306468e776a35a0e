"""What is launched for a trial, and what its run folder is taken for; test/graph/test_eval.py plays a real one."""

import json
import signal

import numpy as np
import pytest

from vital_ros.bags import EpisodeError, EpisodeWriter
from vital_ros.bags.messages import header, image_message, pose_message, time_message
from vital_ros.bags.types import message
from vital_ros.config import share_directory
from vital_ros.evaluation import graph_trials
from vital_ros.evaluation.graph_trials import GraphTrials, deploy, read_trial
from vital_ros.evaluation.pipeline import LIMITS
from vital_ros.evaluation.trials import TrialFailed, run_trials
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.graph import ArgumentError, parse_arguments
from vital_ros.localization.localizer import Localizer
from vital_ros.localization.pointer import Candidate, LocalizationError
from vital_ros.sim.conditions import load_condition
from vital_ros.sim.scenes import load_scene

TRUTH = np.array([0.36, 0.13, 0.05])
OFFSET = (0.0, 0.0, 0.02)
POLICY = share_directory("models") / "key_lock" / "vital_bc"
EPISODE = "key_lock-20260101-000000-000000-s7"
ACTED = {"localize": 0.2, "reach": 3.0, "policy": 5.0}
REACHED_FOR = {"localize": 0.2, "reach": 3.0, "policy": 0.0}
LOOKED = {"localize": 0.2, "reach": 0.0, "policy": 0.0}


def leave(run, outcome, phases, reason="", seed=7):
    """What a deployment of one episode reports."""
    told = {"seed": seed, "outcome": outcome, "reason": reason, "episode_id": EPISODE, "steps": 2, "phases": phases}
    run.mkdir(parents=True, exist_ok=True)
    (run / "report.json").write_text(json.dumps({"episodes": [told | {"skipped": 1, "max_force": 2.5}]}))


def record(directory, localised=TRUTH, rule="", driver_error=0):
    """A recording with all that a trial is told by."""
    with EpisodeWriter(directory, {}) as bag:
        target = Pose(np.add(localised, OFFSET))
        stamped = {"header": header(1, "link_base"), "pose": pose_message(target)}
        bag.write("/policy/target", message("geometry_msgs/msg/PoseStamped", **stamped), 1)
        for stamp, phase, lateness in ((2, 3, 0.0), (3, 3, 0.001), (4, 3, 0.003), (5, 0, 0.0)):
            status = {"step": 0, "tactile_norm": 0.0, "skipped": 0, "weights_version": 0, "task": "", "episode_id": ""}
            facts = status | {"header": header(stamp, ""), "phase": phase, "lateness": lateness}
            bag.write("/policy/status", message("vital_msgs/msg/ExecutorStatus", **facts), stamp)
        for stamp, source in ((60_000_000, 0), (70_000_000, 1)):
            asked = {"sequence": 1, "gripper_opening": 0.0, "duration": 0.0, "last": False, "source": source}
            seen = {"header": header(stamp, "link_base"), "observation_stamp": time_message(10_000_000)}
            bag.write(
                "/arm/setpoint", message("vital_msgs/msg/Setpoint", pose=pose_message(target), **asked, **seen), stamp
            )
        for state in (2, 4) if rule else (2,):
            driver = {"driver_mode": 1, "driver_state": 1, "driver_error": driver_error if state == 4 else 0}
            facts = {"header": header(state, ""), "state": state, "rule": rule if state == 4 else "", "task": ""}
            bag.write("/arm/status", message("vital_msgs/msg/ArmStatus", reason="", **facts, **driver), state)
        for stamp in (1, 2):
            frame = np.full((128, 160, 3), stamp, np.uint8)
            bag.write("/wrist_camera/image_raw", image_message(frame, "rgb8", stamp, "wrist"), stamp)


@pytest.fixture
def third(config):
    return config.cameras.third


@pytest.fixture
def read(tmp_path, third):
    return lambda: read_trial(tmp_path, TRUTH, OFFSET, third)


def refusal(config, off=0.0, depth=0.0, spread=0.0):
    """What the localiser says of a pixel `off` px beside the object's, whose depth is of no use."""
    third = config.cameras.third
    pose, camera = Pose(third.placement.position, third.placement.quaternion), PinholeCamera.from_k(third.k)
    u, v = camera.project(pose.inverse().apply(TRUTH))

    class Points:
        threshold = 0.5

        def point(self, sight, query):
            return [Candidate(float(u) + off, float(v), 1.0, query)]

    picture = np.full((480, 640), depth, np.float32)
    picture[::2] += spread
    localizer = Localizer(Points(), pose, config.robot.arm.workspace)
    with pytest.raises(LocalizationError) as error:
        localizer.locate(np.zeros((480, 640, 3), np.uint8), picture, camera, "key lock")
    return f"service /localize refused: {error.value} (look 2 of 2)"


@pytest.mark.parametrize(
    ("off", "depth", "spread", "says", "stage"),
    [
        (0, 0.0, 0.0, "no depth at pixel", "depth"),
        (0, 0.5, 0.2, "lies on an edge", "depth"),
        (0, 0.2, 0.0, "outside the workspace", "depth"),
        (60, 0.0, 0.0, "no depth at pixel", "pointing"),
        (60, 0.2, 0.0, "outside the workspace", "pointing"),
    ],
)
def test_a_pixel_without_depth_is_a_failure_of_what_was_wrong_first(
    off, depth, spread, says, stage, config, tmp_path, read
):
    reason = refusal(config, off, depth, spread)
    leave(tmp_path, "error", LOOKED, reason)
    result = read()
    assert says in reason
    assert (result.stage, result.cause, result.reason) == (stage, f"{stage}: no answer", reason)
    assert result.localization_error is None and not result.success


@pytest.mark.parametrize("reason", ["'key lock' not found in the camera's image", "did not answer within 20 s"])
def test_no_answer_is_a_failure_of_pointing(reason, tmp_path, read):
    leave(tmp_path, "error", LOOKED, reason)
    assert (read().stage, read().cause) == ("pointing", "pointing: no answer")


def test_another_place_is_a_failure_of_pointing_and_the_right_one_too_near_of_depth(tmp_path, read, third):
    leave(tmp_path, "timeout", ACTED)
    record(tmp_path / "episodes" / EPISODE, np.add(TRUTH, (0.0, LIMITS.right_pixel + 0.002, 0.0)))
    assert (read().stage, read().cause) == ("pointing", "pointing: time-out")
    assert read().localization_error == pytest.approx(LIMITS.right_pixel + 0.002)
    nearer = tmp_path / "nearer"
    leave(nearer, "failure", ACTED, "dropped")
    line = TRUTH - third.placement.position
    record(nearer / "episodes" / EPISODE, TRUTH - line / np.linalg.norm(line) * (LIMITS.depth_error + 0.002))
    result = read_trial(nearer, TRUTH, OFFSET, third)
    assert (result.stage, result.cause) == ("depth", "depth: dropped")


@pytest.mark.parametrize(
    ("outcome", "reason", "rule", "driver_error", "cause"),
    [
        ("timeout", "no verdict within 12 s", "", 0, "policy: time-out"),
        ("failure", "out of box", "", 0, "policy: out of box"),
        ("stopped", "tactile norm 900 uT", "contact", 0, "policy: touch"),
        ("stopped", "xArm error 31", "driver_error", 31, "policy: collision"),
        ("stopped", "xArm error 24", "driver_error", 24, "policy: driver error"),
        ("stopped", "no frame for 0.3 s", "stale_camera", 0, "policy: stale camera"),
        ("error", "/arm/state: stale", "", 0, "policy: error"),
        ("stopped", "the tool starts 12 mm outside", "workspace", 0, "reach: not reached"),
        ("success", "success", "", 0, "success"),
    ],
)
def test_an_answer_that_is_right_leaves_the_rest_to_the_policy(
    outcome, reason, rule, driver_error, cause, tmp_path, read
):
    leave(tmp_path, outcome, ACTED, reason)
    record(tmp_path / "episodes" / EPISODE, TRUTH + 0.001, rule, driver_error)
    result = read()
    assert (result.outcome, result.cause, result.reason) == (outcome, cause, reason)
    assert result.stage == ("reach" if "reach" in cause else "policy")
    assert (result.seed, result.episode_id, result.steps, result.skipped) == (7, EPISODE, 2, 1)
    assert (result.max_force, result.localization_error) == (2.5, pytest.approx(0.001 * 3**0.5))
    assert (result.lateness, result.reaction) == ([0.001, 0.003], [pytest.approx(0.05)])
    assert result.last_view.shape == (128, 128, 3) and result.last_view.max() == 2


def test_a_start_that_is_not_reached_is_told_by_the_recording_of_the_fault(tmp_path, read):
    leave(tmp_path, "error", REACHED_FOR, "reach timed out 30.0 mm from (0.3, 0.1, 0.2) m")
    assert (read().stage, read().cause, read().localization_error) == ("reach", "reach: not reached", None)
    record(tmp_path / "faults" / "20260101-000000-error")
    assert (read().cause, read().localization_error) == ("reach: not reached", pytest.approx(0.0))
    record(tmp_path / "faults" / "20260101-000001-error", np.add(TRUTH, (0.1, 0.0, 0.0)))
    assert (read().stage, read().cause) == ("pointing", "pointing: not reached")


def test_without_its_recording_an_episode_cannot_be_told(tmp_path, read):
    leave(tmp_path, "success", ACTED)
    with pytest.raises(EpisodeError, match=EPISODE):
        read()


# what is launched ----------------------------------------------------------------------------------------------------


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
