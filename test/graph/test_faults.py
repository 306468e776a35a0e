"""The recorder keeps the seconds before a fault as a bag of its own, and goes on."""

import pytest
from std_msgs.msg import String
from vital_msgs.msg import ArmState, ArmStatus, ExecutorStatus, ResidualStatus, Tactile

from vital_ros.bags import EpisodeReader
from vital_ros.nodes.fault_recorder import KEPT

from .client import wait_until


@pytest.fixture
def recorder(spawn, client, tmp_path):
    parameters = ("-p", "task:=key_lock", "-p", f"episodes_dir:={tmp_path / 'episodes'}")
    process = spawn("vital_ros.nodes.residual_learner", "--ros-args", *parameters)
    client.bring_up("residual_learner")
    return process


def bags(tmp_path, count):
    """The episodes below faults/, once there are that many."""
    found = []

    def enough():
        found[:] = sorted(path.parent for path in (tmp_path / "faults").glob("*/metadata.yaml"))
        return len(found) >= count

    wait_until(enough, f"no {count} bags of faults")
    return [EpisodeReader(path) for path in found]


def test_a_stop_and_an_error_leave_a_bag_each(recorder, client, latched, tmp_path):
    """A stop that goes on is one fault, until the arm has been recovered."""
    arm = client.publisher(ArmState, "/arm/state")
    baseline = client.publisher(Tactile, "/anyskin/baseline", latched)
    status = client.publisher(ArmStatus, "/arm/status", latched)
    executor = client.publisher(String, "/policy_executor/fault", latched)
    baseline.publish(Tactile(sensors=2, magnetometers=5, field=[7.0] * 30, temperature=[0.0] * 10))
    for step in range(20):
        arm.publish(ArmState(gripper_opening=step / 20))
    stop = ArmStatus(state=ArmStatus.STOPPED, rule="contact", reason="tactile norm 700 uT")
    for _ in range(3):
        status.publish(stop)
    (first,) = bags(tmp_path, 1)
    assert (first.metadata["fault"], first.metadata["reason"]) == ("contact", "tactile norm 700 uT")
    assert first.metadata["task"] == "key_lock"
    assert [state.gripper_opening for state in first.stream("/arm/state").messages] == [k / 20 for k in range(20)]
    assert first.stream("/anyskin/baseline").messages[0].field[0] == 7.0
    assert [message.rule for message in first.stream("/arm/status").messages] == ["contact"] * 3
    recorder.wait_for_log(r"the seconds before the fault 'contact' are in .*faults/")

    status.publish(ArmStatus(state=ArmStatus.READY))
    executor.publish(String(data=""))
    executor.publish(String(data="/wrist_camera/image_raw: newest sample is 406 ms old"))
    second = bags(tmp_path, 2)[1]
    assert second.metadata["fault"] == "error" and second.metadata["reason"].startswith("/wrist_camera")

    phase = client.publisher(ExecutorStatus, "/policy/status", latched)
    learner = client.subscribe(ResidualStatus, "/residual/status", latched)
    phase.publish(ExecutorStatus(phase=ExecutorStatus.LOCAL_POLICY, episode_id="e"))
    learner.wait(1, lambda said: said.episode_id == "e")
    arm.publish(ArmState())
    status.publish(ArmStatus(state=ArmStatus.READY))
    phase.publish(ExecutorStatus(phase=ExecutorStatus.IDLE))
    learner.wait(1, lambda said: said.message.startswith("wrote"))
    status.publish(ArmStatus(state=ArmStatus.STOPPED, rule="driver_state"))  # between episodes: no fault of anybody's
    status.publish(ArmStatus(state=ArmStatus.READY))
    phase.publish(ExecutorStatus(phase=ExecutorStatus.LOCAL_POLICY, episode_id="f"))
    learner.wait(1, lambda said: said.episode_id == "f")
    status.publish(ArmStatus(state=ArmStatus.STOPPED, rule="step"))
    assert [bag.metadata["fault"] for bag in bags(tmp_path, 3)] == ["contact", "error", "step"]
    assert recorder.interrupt() == 0


def test_a_graph_that_ends_right_after_a_fault_leaves_its_bag(recorder, client, latched, tmp_path):
    phase = client.publisher(ExecutorStatus, "/policy/status", latched)
    learner = client.subscribe(ResidualStatus, "/residual/status", latched)
    client.publisher(ArmStatus, "/arm/status", latched).publish(ArmStatus(state=ArmStatus.STOPPED, rule="contact"))
    phase.publish(ExecutorStatus(phase=ExecutorStatus.LOCAL_POLICY, episode_id="e"))
    learner.wait(1, lambda said: said.episode_id == "e")
    assert recorder.interrupt() == 0
    assert [bag.metadata["fault"] for bag in bags(tmp_path, 1)] == ["contact"]


def test_only_the_newest_bags_stay(recorder, client, latched, tmp_path):
    faults = tmp_path / "faults"
    old = [faults / f"20260102-0304{second:02}-000000-step" for second in range(KEPT + 2)]
    for bag in old:
        bag.mkdir(parents=True)
        (bag / "metadata.yaml").touch()
    status = client.publisher(ArmStatus, "/arm/status", latched)
    status.publish(ArmStatus(state=ArmStatus.STOPPED, rule="contact"))
    recorder.wait_for_log(r"the seconds before the fault 'contact' are in .*faults/")
    *before, newest = sorted(faults.iterdir())
    assert before == old[-(KEPT - 1) :] and newest.name.endswith("-contact")
    assert recorder.interrupt() == 0
