"""policy_executor as a real process; everything around it is played by the test's node."""

import hashlib
import itertools
import shutil
from array import array

import numpy as np
import pytest
import torch
import yaml
from sensor_msgs.msg import Image
from std_srvs.srv import SetBool, Trigger
from vital_msgs.action import ExecuteTask
from vital_msgs.msg import (
    ArmState,
    ArmStatus,
    Chunk,
    EpisodeLabel,
    ExecutorStatus,
    ResidualWeights,
    Setpoint,
    Tactile,
    Transition,
)
from vital_msgs.srv import Localize, SetArmTask

from vital_ros.config import NetworkConfig, ResidualConfig, share_directory
from vital_ros.observation import ObservationSpec
from vital_ros.policy import ActionSpec, Card, VisuoTactilePolicy, load_card, save_checkpoint
from vital_ros.policy.residual_card import ResidualCard
from vital_ros.policy.residual_network import ResidualActor
from vital_ros.policy.residual_policy import ResidualPolicy

from .client import Recorder

NETWORK = NetworkConfig(width=32, keypoints=8, layers=1, heads=2)
SPEC = ObservationSpec(raw_width=160, raw_height=128, tactile_scale=(100.0,) * 15)
Result = ExecuteTask.Result


def checkpoint(directory, spec=SPEC, task="key_lock", nan=False):
    """A tiny untrained policy; with `nan` it gives no number."""
    torch.manual_seed(0)
    network = VisuoTactilePolicy(NETWORK, 15)
    if nan:
        torch.nn.init.constant_(next(reversed(list(network.parameters()))), float("nan"))
    action = ActionSpec(translation_scale=0.005, rotation_scale=0.02)
    save_checkpoint(
        directory / "tiny", network, Card(task=task, policy="tiny", network=NETWORK, observation=spec, action=action)
    )
    return directory / "tiny.safetensors"


class World:
    """Cameras, skin, gate, localizer: the arm is at once where it is asked to be."""

    def __init__(self, client, latched, localizer=True):
        self.client = client
        node = self.node = client.node
        self.streams = {"image", "tactile", "arm"}
        self.stop_calls = 0
        self.setpoints = []
        self.tasks = []
        self.found, self.answers = True, iter(())
        self.skin_lag = 0
        self._pose = ArmState().pose
        self._pose.position.x, self._pose.position.z, self._pose.orientation.x = 0.4, 0.3, 1.0
        self._image = node.create_publisher(Image, "/wrist_camera/image_raw", 5)
        self._tactile = node.create_publisher(Tactile, "/anyskin/tactile", 5)
        self._arm = node.create_publisher(ArmState, "/arm/state", 5)
        self._baseline = node.create_publisher(Tactile, "/anyskin/baseline", latched)
        self.status = node.create_publisher(ArmStatus, "/arm/status", latched)
        self.labels = node.create_publisher(EpisodeLabel, "/episode/label", 10)
        node.create_timer(1 / 30, lambda: "image" in self.streams and self._image.publish(self.image()))
        node.create_timer(1 / 100, lambda: "tactile" in self.streams and self._tactile.publish(self.skin(3.0)))
        node.create_timer(1 / 100, lambda: "arm" in self.streams and self._arm.publish(self.arm()))
        node.create_subscription(Setpoint, "/arm/setpoint", self._on_setpoint, 10)
        if localizer:
            node.create_service(Localize, "/localize", self._localize)
        node.create_service(SetArmTask, "/arm/set_task", self._set_task)
        node.create_service(Trigger, "/anyskin/rebaseline", self._rebaseline)
        node.create_service(Trigger, "/arm/stop", self._stop)
        self.phases = client.subscribe(ExecutorStatus, "/policy/status", latched)
        self.transitions = client.subscribe(Transition, "/policy/transition")
        self.chunks = client.subscribe(Chunk, "/policy/chunk")
        self.actions = client.action_client(ExecuteTask, "/execute_task")

    def now(self):
        return self.node.get_clock().now().to_msg()

    def image(self):
        message = Image(height=128, width=160, encoding="rgb8", step=480)
        message.header.stamp = self.now()
        message.data = bytes(128 * 480)
        return message

    def skin(self, value):
        message = Tactile(sensors=2, magnetometers=5, field=[value] * 30, temperature=[0.0] * 10)
        message.header.stamp = self.now()
        return message

    def arm(self):
        message = ArmState(pose=self._pose)
        message.header.stamp = self.now()
        return message

    def _on_setpoint(self, message):
        self.setpoints.append(message)
        self._pose = message.pose

    def _localize(self, request, response):
        response.success, response.message = next(self.answers, self.found), "'key lock' not found"
        p = response.pose.pose.position
        p.x, p.y, p.z = 0.45, 0.0, 0.05
        return response

    def _set_task(self, request, response):
        self.tasks.append(request)
        response.success = True
        return response

    def give_baseline(self):
        baseline = self.skin(0.0)
        baseline.header.stamp.sec -= self.skin_lag
        self._baseline.publish(baseline)

    def _rebaseline(self, _, response):
        self.give_baseline()
        response.success = True
        return response

    def _stop(self, _, response):
        self.stop_calls += 1
        response.success = True
        return response

    def send(self, on_feedback=None, **goal):
        """An accepted goal's handle, or None when it was refused."""
        assert self.actions.wait_for_server(30.0)
        goal = ExecuteTask.Goal(**{"task": "key_lock", "seed": 1, **goal})
        handle = self.client.result(self.actions.send_goal_async(goal, feedback_callback=on_feedback))
        return handle if handle.accepted else None

    def result(self, handle):
        return self.client.result(handle.get_result_async()).result

    def wait_for_phase(self, phase, step=0):
        return self.phases.wait(1, lambda s: s.phase == phase and s.step >= step)[0]

    def label(self, success, reason):
        status = self.wait_for_phase(ExecutorStatus.LOCAL_POLICY, step=3)
        self.labels.publish(EpisodeLabel(episode_id=status.episode_id, success=success, reason=reason))
        return status.episode_id


@pytest.fixture
def world(client, latched):
    return World(client, latched)


@pytest.fixture
def patient_config(tmp_path):
    """The product's configuration with limits that a busy machine's test process can keep."""
    directory = tmp_path / "config"
    shutil.copytree(share_directory("config"), directory)
    robot = yaml.safe_load((directory / "robot.yaml").read_text())
    robot["arm"]["staleness"] = {"arm_state": 3.0, "camera": 3.0, "tactile": 3.0, "setpoint": 1.0}
    (directory / "robot.yaml").write_text(yaml.safe_dump(robot))
    return directory


@pytest.fixture
def executor(spawn, client, tmp_path, patient_config):
    """Spawns the node with a tiny policy; `executor(nan=True)`; keyword arguments are those of `checkpoint`."""

    def start(up=True, learning=False, **options):
        path = checkpoint(tmp_path, **options)
        parameters = {"task": "key_lock", "policy": path, "config_dir": patient_config, "learning": str(learning)}
        arguments = [text for name, value in parameters.items() for text in ("-p", f"{name}:={value}")]
        process = spawn("vital_ros.nodes.policy_executor", "--ros-args", *arguments)
        if up:
            client.bring_up("policy_executor")
        return process

    return start


def test_a_baseline_is_new_whatever_its_node_takes_the_time_to_be(world, executor):
    """With /clock two nodes never agree on the time."""
    world.skin_lag = 2
    world.give_baseline()
    executor()
    handle = world.send()
    world.label(True, "success")
    assert world.result(handle).outcome == Result.SUCCESS


def test_an_episode_runs_to_its_label(world, executor):
    process = executor()
    handle = world.send()
    episode = world.label(True, "success")
    result = world.result(handle)
    assert (result.outcome, result.reason, result.episode_id) == (Result.SUCCESS, "success", episode)
    assert result.steps >= 3
    assert len(result.lateness) >= result.steps == len(result.reaction)
    assert all(0 < value < 5 for value in result.reaction)
    assert result.reach_time > 0.5 and result.policy_time > 0.3
    (task,) = world.tasks
    assert task.task == "key_lock" and task.target.position.x == 0.45

    sources = [s.source for s in world.setpoints]
    assert sources == sorted(sources, reverse=True) and sources.count(Setpoint.REACH) == 3
    assert [s.sequence for s in world.setpoints] == list(range(1, len(sources) + 1))
    assert world.setpoints[-1].last and not world.setpoints[-2].last
    stamps = [s.observation_stamp for s in world.setpoints if s.source == Setpoint.POLICY and not s.last]
    assert all(a.sec + a.nanosec * 1e-9 < b.sec + b.nanosec * 1e-9 for a, b in itertools.pairwise(stamps))

    rows = world.transitions.wait(1, lambda t: t.terminated) and world.transitions.messages
    steps = [row.step for row in rows]
    assert steps == sorted(set(steps)) and len(rows) == result.steps + 1
    assert [row.terminated for row in rows] == [False] * result.steps + [True]
    assert all(row.episode_id == episode and row.weights_version == 0 for row in rows)
    assert len(rows[0].image) == 128 * 128 * 3
    np.testing.assert_allclose(rows[0].tactile, 0.03, rtol=1e-5)
    chunk = world.chunks.messages[0]
    assert chunk.length == 10 and len(chunk.actions) == 70 and chunk.header.frame_id == "link_tcp"
    np.testing.assert_allclose(rows[0].base_action, chunk.actions[:7], rtol=1e-6)
    assert process.interrupt() == 0, process.output


def test_feedback_tells_phase_and_step(world, executor):
    executor()
    feedback = []
    assert world.actions.wait_for_server(30.0)
    goal = ExecuteTask.Goal(task="key_lock", seed=1, time_limit=0.9)
    handle = world.client.result(world.actions.send_goal_async(goal, lambda m: feedback.append(m.feedback)))
    result = world.result(handle)
    assert result.outcome == Result.TIMEOUT and "0.9 s" in result.reason
    assert {f.phase for f in feedback} >= {ExecutorStatus.REACH, ExecutorStatus.LOCAL_POLICY}
    norms = [f.tactile_norm for f in feedback if f.phase == ExecutorStatus.LOCAL_POLICY and f.step]
    np.testing.assert_allclose(norms, 3.0 * np.sqrt(15), rtol=1e-5)


def test_cancelling_holds_and_the_next_goal_is_served(world, executor):
    executor()
    handle = world.send()
    world.wait_for_phase(ExecutorStatus.LOCAL_POLICY, step=3)
    world.client.result(handle.cancel_goal_async())
    result = world.result(handle)
    assert (result.outcome, result.reason) == (Result.CANCELLED, "cancelled by the client")
    assert world.setpoints[-1].last
    count = len(world.setpoints)
    assert world.result(world.send(time_limit=0.4)).outcome == Result.TIMEOUT
    assert [s.sequence for s in world.setpoints] == list(range(1, len(world.setpoints) + 1)) and count > 3


def test_a_second_goal_is_refused_with_a_reason(world, executor):
    process = executor()
    handle = world.send()
    world.wait_for_phase(ExecutorStatus.LOCAL_POLICY)
    assert world.send() is None
    process.wait_for_log(r"rejected: an episode is running")
    world.label(False, "dropped")
    assert world.result(handle).outcome == Result.FAILURE


def test_a_stopped_gate_ends_the_episode(world, executor):
    executor()
    handle = world.send()
    world.wait_for_phase(ExecutorStatus.LOCAL_POLICY, step=2)
    world.status.publish(ArmStatus(state=ArmStatus.STOPPED, rule="contact", reason="tactile norm 700 uT"))
    result = world.result(handle)
    assert (result.outcome, result.reason) == (Result.STOPPED, "tactile norm 700 uT")
    assert not world.setpoints[-1].last
    again = world.result(world.send())
    assert again.outcome == Result.STOPPED and "/arm/recover" in again.reason


def test_a_policy_without_numbers_moves_nothing_and_stops_the_arm(world, executor):
    executor(nan=True)
    result = world.result(world.send())
    assert result.outcome == Result.ERROR and "non-finite" in result.reason
    assert world.stop_calls == 1
    assert all(s.source == Setpoint.REACH for s in world.setpoints)


def test_a_silent_camera_is_named(world, executor):
    executor()
    handle = world.send()
    world.wait_for_phase(ExecutorStatus.LOCAL_POLICY, step=2)
    world.streams.discard("image")
    result = world.result(handle)
    assert result.outcome == Result.ERROR and result.reason.startswith("/wrist_camera/image_raw: newest sample")


def test_what_is_not_found_is_reported(world, executor):
    executor()
    world.found = False
    result = world.result(world.send())
    assert result.outcome == Result.ERROR and "'key lock' not found" in result.reason
    assert world.setpoints == []


def test_a_localizer_that_is_not_there_is_named_and_waited_for_no_longer_than_asked(
    client, latched, executor, patient_config
):
    robot = yaml.safe_load((patient_config / "robot.yaml").read_text())
    robot["executor"]["localize_timeout"] = 4.0
    (patient_config / "robot.yaml").write_text(yaml.safe_dump(robot))
    world = World(client, latched, localizer=False)
    executor()
    result = world.result(world.send())
    assert (result.outcome, result.reason) == (Result.ERROR, "service /localize is not there")
    assert 4.0 <= result.localize_time < 6.0
    world.phases.clear()
    handle = world.send()
    world.wait_for_phase(ExecutorStatus.LOCALIZE)
    client.result(handle.cancel_goal_async())
    result = world.result(handle)
    assert result.outcome == Result.CANCELLED and result.localize_time < 2.0
    assert world.tasks == world.setpoints == []


def test_an_operator_allows_the_reach_and_what_was_not_found_is_looked_for_again(
    world, executor, client, patient_config
):
    robot = yaml.safe_load((patient_config / "robot.yaml").read_text())
    robot["executor"] |= {"confirm_timeout": 60.0, "retries": 1}
    (patient_config / "robot.yaml").write_text(yaml.safe_dump(robot))
    executor()

    def asks(message):
        return "/policy_executor/confirm" in message.feedback.message

    answer = client.call(Trigger, "/policy_executor/confirm")
    assert not answer.success and answer.message == "nothing waits for a confirmation"
    world.answers, told = iter([False, True]), Recorder()
    handle = world.send(on_feedback=told, time_limit=1.0)
    (asked,) = told.wait(1, asks)
    assert "start pose at (" in asked.feedback.message and world.setpoints == []
    told.wait(1, lambda m: "'key lock' not found; looking again" in m.feedback.message)
    assert client.call(Trigger, "/policy_executor/confirm").success
    told.wait(2, asks)
    told.wait(1, lambda m: "going back for try 2 of 2" in m.feedback.message)
    assert client.call(Trigger, "/policy_executor/confirm").success
    result = world.result(handle)
    assert result.outcome == Result.TIMEOUT and result.reason == "no verdict within 1 s (try 2 of 2)"
    assert len(world.tasks) == 2


def test_learning_refuses_episodes_of_several_tries(executor, client, patient_config):
    robot = yaml.safe_load((patient_config / "robot.yaml").read_text())
    robot["executor"]["retries"] = 1
    (patient_config / "robot.yaml").write_text(yaml.safe_dump(robot))
    process = executor(up=False, learning=True)
    assert not client.change_state("policy_executor", "configure")
    process.wait_for_log(r"executor\.retries: it should be 0 to learn")


def test_another_task_is_refused_with_a_reason(world, executor):
    executor()
    result = world.result(world.send(task="plug"))
    assert result.outcome == Result.ERROR and "'plug'" in result.reason and "'key_lock'" in result.reason


def test_deactivating_ends_the_episode(world, executor, client):
    executor()
    handle = world.send()
    world.wait_for_phase(ExecutorStatus.LOCAL_POLICY, step=2)
    assert client.change_state("policy_executor", "deactivate")
    result = world.result(handle)
    assert result.outcome == Result.CANCELLED and "deactivated" in result.reason
    assert world.send() is None
    for transition in ("cleanup", "configure", "activate"):
        assert client.change_state("policy_executor", transition)
    assert world.result(world.send(time_limit=0.4)).outcome == Result.TIMEOUT


def test_an_interrupt_during_an_episode_holds_the_arm_and_exits_cleanly(world, executor):
    process = executor()
    world.send()
    world.wait_for_phase(ExecutorStatus.LOCAL_POLICY, step=2)
    assert process.interrupt() == 0, process.output
    assert world.setpoints[-1].last
    assert "CANCELLED, policy_executor was deactivated" in process.output


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        ("missing", r"no policy at .*tiny.*train"),
        ("corrupt", r"tiny\.safetensors is damaged"),
        ("contract", r"raw_width 320 != 160"),
        ("task", r"trained for task 'plug', not 'key_lock'"),
    ],
)
def test_unusable_weights_refuse_to_configure_with_one_line(executor, client, tmp_path, damage, complaint):
    options = {
        "contract": {"spec": SPEC.model_copy(update={"raw_width": 320})},
        "task": {"task": "plug"},
    }
    process = executor(up=False, **options.get(damage, {}))
    if damage == "missing":
        (tmp_path / "tiny.json").unlink()
    elif damage == "corrupt":
        path = tmp_path / "tiny.safetensors"
        path.write_bytes(path.read_bytes()[:-4] + b"oops")
    assert not client.change_state("policy_executor", "configure")
    process.wait_for_log(complaint)
    assert "Traceback" not in process.output
    assert process.interrupt() == 0, process.output


def residual(base, push):
    """Weights that say `push` shares of the bound of 2 mm along x, whatever is seen."""
    card = ResidualCard(
        task="key_lock", base="tiny", base_sha256=load_card(base).weights_sha256, config=ResidualConfig(width=8),
        features=64, bound=(0.002, 0, 0, 0, 0, 0, 0), largest=(0.01,) * 7,
    )  # fmt: skip
    actor = ResidualActor(64 + 7, 8, 1, stochastic=False)
    torch.nn.init.constant_(actor.layers.output.bias, np.arctanh(push))
    tensors = {"mean": torch.zeros(64), "spread": torch.ones(64), **actor.state_dict()}
    data = ResidualPolicy(card, tensors).to_bytes()
    return {"task": "key_lock", "sha256": hashlib.sha256(data).hexdigest(), "data": array("B", data), "share": 1.0}


def test_a_residual_is_exchanged_while_it_acts(world, executor, client, latched, tmp_path):
    process = executor(learning=True)
    publisher = client.publisher(ResidualWeights, "/residual/weights", latched)
    handle = world.send()
    seen = world.transitions
    seen.wait(1, lambda row: row.weights_version == 0)
    assert not any(row.residual_action.any() for row in seen.messages)
    publisher.publish(ResidualWeights(version=4, **residual(tmp_path / "tiny", 0.5)))
    row = seen.wait(1, lambda row: row.weights_version == 4)[0]
    np.testing.assert_allclose(row.residual_action, [0.001, 0, 0, 0, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(row.base_action, _chunk_of(world, row).actions[:7], rtol=1e-6)
    publisher.publish(ResidualWeights(version=5, **(residual(tmp_path / "tiny", 0.5) | {"sha256": "00"})))
    process.wait_for_log(r"version 5 ignored: checksum is wrong")
    publisher.publish(ResidualWeights(version=4, **residual(tmp_path / "tiny", -0.5)))
    process.wait_for_log(r"version 4 ignored: version 4 acts already")
    assert seen.wait(1, lambda other: other.step > row.step + 3)[0].weights_version == 4, "the last good ones go on"
    assert (
        client.call(SetBool, "/residual/base_only", SetBool.Request(data=True)).message == "the base policy acts alone"
    )
    seen.wait(1, lambda other: other.step > row.step and other.weights_version == 0)
    client.call(SetBool, "/residual/base_only", SetBool.Request(data=False))
    publisher.publish(ResidualWeights(version=7, **residual(tmp_path / "tiny", -0.5)))
    row = seen.wait(1, lambda row: row.weights_version == 7)[0]
    np.testing.assert_allclose(row.residual_action[0], -0.001, atol=1e-6)
    world.label(True, "success")
    assert world.result(handle).outcome == Result.SUCCESS


def _chunk_of(world, row):
    return world.chunks.wait(1, lambda chunk: chunk.step == row.step)[0]
