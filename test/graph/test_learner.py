"""residual_learner as a real process: episodes on disk, labels, what is learned from them."""

import hashlib
import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import Image
from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger
from vital_msgs.msg import ArmState, EpisodeLabel, ExecutorStatus, ResidualStatus, ResidualWeights, Tactile, Transition
from vital_msgs.srv import LabelEpisode

from vital_ros.bags import EpisodeReader
from vital_ros.bags import messages as m
from vital_ros.config import NetworkConfig, load_config, share_directory
from vital_ros.policy import ActionSpec, Card, LocalPolicy, VisuoTactilePolicy, save_checkpoint
from vital_ros.policy.contract import observation_contract

from ..bags.full_disk import full_disk
from ..learning.residual.bags import write_bag
from .client import wait_until


class Deployment:
    """Publishes what an executor and the devices would."""

    def __init__(self, client, latched):
        self.node, self.client = client.node, client
        self.baseline = self.node.create_publisher(Tactile, "/anyskin/baseline", latched)
        self.status = self.node.create_publisher(ExecutorStatus, "/policy/status", latched)
        self.learner = client.subscribe(ResidualStatus, "/residual/status", latched)
        self.weights = client.subscribe(ResidualWeights, "/residual/weights", latched)
        self.baseline.publish(self.stamped(Tactile(sensors=2, magnetometers=5, field=[7.0] * 30)))

    def connect(self):
        self.images = self.client.publisher(Image, "/wrist_camera/image_raw")
        self.arm = self.client.publisher(ArmState, "/arm/state")
        self.transitions = self.client.publisher(Transition, "/policy/transition")
        self.labels = self.client.publisher(EpisodeLabel, "/episode/label")

    def stamped(self, message):
        message.header.stamp = self.node.get_clock().now().to_msg()
        return message

    def phase(self, phase, episode):
        self.status.publish(self.stamped(ExecutorStatus(phase=phase, episode_id=episode, task="key_lock")))

    def begin(self, episode):
        self.phase(ExecutorStatus.LOCAL_POLICY, episode)
        self.learner.wait(1, lambda s: s.episode_id == episode)

    def play(self, frames):
        for step in range(frames):
            self.images.publish(
                self.stamped(Image(height=2, width=2, encoding="rgb8", step=6, data=bytes([step] * 12)))
            )
            self.arm.publish(self.stamped(ArmState(gripper_opening=0.5)))
            self.transitions.publish(self.stamped(Transition(step=step, image=bytes(3))))

    def end(self, episode):
        self.phase(ExecutorStatus.IDLE, episode)
        return self.learner.wait(1, lambda s: episode in s.message and s.message.startswith("wrote"))[0]

    def record(self, episode):
        self.begin(episode)
        self.play(3)
        self.end(episode)


def large_picture():
    """More than what a bag keeps in memory, however it is compressed: it is written at once."""
    picture = np.random.default_rng(0).integers(0, 255, 2_000_000, np.uint8)
    return Image(height=1000, width=2000, encoding="mono8", step=2000, data=picture.tobytes())


@pytest.fixture
def learner(spawn, client, tmp_path):
    def start(*extra):
        process = spawn(
            "vital_ros.nodes.residual_learner",
            "--ros-args",
            "-p",
            "task:=key_lock",
            "-p",
            f"episodes_dir:={tmp_path / 'episodes'}",
            *extra,
        )
        client.bring_up("residual_learner")
        return process

    return start


@pytest.fixture
def deployment(client, latched):
    return Deployment(client, latched)


def test_an_episode_becomes_a_bag_with_its_verdict(deployment, learner, tmp_path):
    process = learner()
    deployment.connect()
    deployment.play(2)  # before the episode: not recorded
    deployment.begin("episode-a")
    deployment.play(5)
    deployment.labels.publish(EpisodeLabel(episode_id="episode-a", success=True, reason="success"))
    status = deployment.end("episode-a")
    assert status.state == "recording" and status.episodes == 1 and status.transitions == 7
    assert status.updates == 0 and status.weights_version == 0
    reader = EpisodeReader(tmp_path / "episodes" / "episode-a")
    assert reader.metadata["success"] is True and reader.metadata["task"] == "key_lock"
    images = reader.stream("/wrist_camera/image_raw").messages
    assert [m.image_array(image)[0, 0, 0] for image in images[-5:]] == [0, 1, 2, 3, 4]
    assert len(reader.stream("/arm/state").messages) >= 5
    assert [t.step for t in reader.stream("/policy/transition").messages][-5:] == [0, 1, 2, 3, 4]
    assert reader.stream("/anyskin/baseline").messages[0].field[0] == 7.0
    assert reader.stream("/episode/label").messages[0].success
    assert process.interrupt() == 0
    assert deployment.weights.messages == []


def test_an_operator_labels_the_newest_episode_also_afterwards(deployment, learner, client, tmp_path):
    learner()
    deployment.connect()
    labels = client.subscribe(EpisodeLabel, "/episode/label")
    request = LabelEpisode.Request(success=True)
    answer = client.call(LabelEpisode, "/episode/label_episode", request)
    assert not answer.accepted and answer.message == "there has been no episode yet"
    deployment.begin("episode-a")
    deployment.play(1)
    deployment.end("episode-a")
    answer = client.call(LabelEpisode, "/episode/label_episode", request)
    assert answer.accepted and answer.message == "episode-a: success"
    (label,) = labels.wait(1)
    assert label.source == EpisodeLabel.OPERATOR and label.episode_id == "episode-a" and label.reason == "operator"
    deployment.learner.wait(1, lambda s: s.message.startswith("episode-a labelled success"))
    assert EpisodeReader(tmp_path / "episodes" / "episode-a").metadata["success"] is True


def test_killing_it_loses_the_episode_in_flight_only(deployment, learner, tmp_path):
    process = learner()
    deployment.connect()
    deployment.begin("episode-a")
    deployment.play(3)
    deployment.end("episode-a")
    deployment.begin("episode-b")
    deployment.play(3)
    process.kill()
    assert [d.name for d in (tmp_path / "episodes").iterdir() if not d.name.startswith(".")] == ["episode-a"]
    assert EpisodeReader(tmp_path / "episodes" / "episode-a").stream("/arm/state").messages


def test_an_interrupt_keeps_the_episode_in_flight(deployment, learner, tmp_path):
    process = learner()
    deployment.connect()
    deployment.begin("episode-a")
    deployment.labels.publish(EpisodeLabel(episode_id="episode-a", success=True, reason="success"))
    deployment.learner.wait(1, lambda s: s.message.startswith("episode-a labelled"))
    assert process.interrupt() == 0
    assert EpisodeReader(tmp_path / "episodes" / "episode-a").metadata["success"] is True


def test_without_recording_nothing_is_written(deployment, learner, tmp_path):
    learner("-p", "record:=false")
    deployment.connect()
    deployment.phase(ExecutorStatus.LOCAL_POLICY, "episode-a")
    deployment.play(1)
    status = deployment.learner.wait(1)[0]
    assert status.state == "idle"
    assert not (tmp_path / "episodes").exists()


def test_a_full_disk_costs_the_episode_in_flight_only(deployment, learner, client, latched, tmp_path):
    """A limit on the size of files stands for the disk: the write fails, the node goes on."""
    process = learner()
    deployment.connect()
    faults = client.subscribe(String, "/residual_learner/fault", latched)
    deployment.begin("episode-a")

    def refused():
        deployment.images.publish(deployment.stamped(large_picture()))
        return any(fault.data for fault in faults.messages)

    with full_disk(process.pid):
        wait_until(refused, "no fault is told")
    said = faults.wait(1, lambda fault: fault.data)[0].data
    assert said == "episode episode-a is cut off and not kept (File too large); make room on the disk"
    deployment.phase(ExecutorStatus.IDLE, "episode-a")
    deployment.record("episode-b")
    assert [path.name for path in (tmp_path / "episodes").iterdir()] == ["episode-b"]
    assert process.interrupt() == 0


def test_an_episode_that_cannot_be_opened_is_named_and_the_next_is_recorded(
    deployment, learner, client, latched, tmp_path
):
    """No room for what opens every episode, here what the localizer saw; then no folder to put it in."""
    process = learner()
    deployment.connect()
    faults = client.subscribe(String, "/residual_learner/fault", latched)
    seen = client.publisher(Image, "/localizer/color", latched)
    deployment.begin("episode-a")
    seen.publish(large_picture())
    episodes = tmp_path / "episodes"
    file = episodes / ".episode-a.partial" / "episode-a" / "episode-a.mcap"
    wait_until(lambda: file.stat().st_size > 1_000_000, "the localizer's picture did not arrive")
    deployment.end("episode-a")
    with full_disk(process.pid):
        deployment.phase(ExecutorStatus.LOCAL_POLICY, "episode-b")
        faults.wait(1, lambda fault: fault.data == "episode episode-b is not recorded: [Errno 27] File too large")
    deployment.phase(ExecutorStatus.IDLE, "episode-b")
    deployment.record("episode-c")
    assert sorted(path.name for path in episodes.iterdir()) == ["episode-a", "episode-c"]
    episodes.rename(tmp_path / "full")
    episodes.touch()
    deployment.phase(ExecutorStatus.LOCAL_POLICY, "episode-d")
    faults.wait(1, lambda fault: fault.data.startswith("episode episode-d is not recorded: [Errno 17] File exists"))
    episodes.unlink()
    deployment.record("episode-e")
    assert [path.name for path in episodes.iterdir()] == ["episode-e"]
    assert process.interrupt() == 0


def test_an_episode_or_a_verdict_that_cannot_be_finished_is_named_and_leaves_nothing(
    deployment, learner, client, latched, tmp_path
):
    process = learner()
    deployment.connect()
    faults = client.subscribe(String, "/residual_learner/fault", latched)
    episodes = tmp_path / "episodes"
    deployment.begin("episode-a")
    deployment.play(3)
    with full_disk(process.pid):
        deployment.phase(ExecutorStatus.IDLE, "episode-a")
        faults.wait(1, lambda fault: fault.data == "episode episode-a could not be written: [Errno 27] File too large")
    assert list(episodes.iterdir()) == []
    deployment.record("episode-b")
    label = EpisodeLabel(episode_id="episode-b", success=True)
    with full_disk(process.pid):
        deployment.labels.publish(label)
        said = "the verdict on episode-b could not be written: [Errno 27] File too large"
        faults.wait(1, lambda fault: fault.data == said)
    assert sorted(path.name for path in (episodes / "episode-b").iterdir()) == ["episode-b.mcap", "metadata.yaml"]
    deployment.labels.publish(label)
    deployment.learner.wait(1, lambda s: s.message == "episode-b labelled success")
    deployment.record("episode-c")
    assert sorted(path.name for path in episodes.iterdir()) == ["episode-b", "episode-c"]
    assert process.interrupt() == 0


def test_an_unwritable_run_folder_refuses_to_configure(spawn, client, tmp_path):
    (tmp_path / "file").write_text("")
    process = spawn(
        "vital_ros.nodes.residual_learner",
        "--ros-args",
        "-p",
        "task:=key_lock",
        "-p",
        f"episodes_dir:={tmp_path / 'file'}",
    )
    assert not client.change_state("residual_learner", "configure")
    process.wait_for_log(r"episodes_dir '.*file' cannot be written: File exists")


def test_a_demonstration_tells_who_where_and_which(deployment, learner, client, latched, tmp_path):
    target = PoseStamped()
    target.pose.position.x, target.pose.orientation.w = 0.45, 1.0
    process = learner("-p", "demonstrator:=expert", "-p", "masks:=true")
    deployment.connect()
    masks = client.publisher(Image, "/sim/wrist_mask")
    client.publisher(PoseStamped, "/sim/target_pose", latched).publish(target)
    client.call(LabelEpisode, "/episode/label_episode")  # answered after what came before
    deployment.begin("key_lock-20260102-030405-000009-s7")
    for stamp in (1, 2, 3):
        image = Image(height=2, width=2, encoding="rgb8", step=6, data=bytes(12))
        image.header.stamp.sec = stamp
        deployment.images.publish(image)
        if stamp < 3:
            masks.publish(image)
    deployment.arm.publish(deployment.stamped(ArmState()))
    deployment.labels.publish(EpisodeLabel(episode_id="key_lock-20260102-030405-000009-s7", success=True))
    deployment.learner.wait(1, lambda s: "labelled success" in s.message)
    deployment.end("key_lock-20260102-030405-000009-s7")
    reader = EpisodeReader(tmp_path / "episodes" / "key_lock-20260102-030405-000009-s7")
    assert reader.metadata["source"] == "expert" and reader.metadata["seed"] == 7
    assert reader.metadata["target"] == {"position": [0.45, 0.0, 0.0], "quaternion": [0.0, 0.0, 0.0, 1.0]}
    stamps = [reader.stream(topic).stamps_ns.tolist() for topic in ("/wrist_camera/image_raw", "/sim/wrist_mask")]
    assert stamps == [[10**9, 2 * 10**9]] * 2  # the third frame came without its mask
    process.wait_for_log(r"-s7 has 2 of \d\d+ camera frames: this machine is too slow")


def test_it_learns_beside_the_robot_and_obeys(client, latched, tmp_path, policy, learn):
    """Weights come at once and after learning; services answer what was done; its end keeps everything."""
    weights = client.subscribe(ResidualWeights, "/residual/weights", latched)
    states = client.subscribe(ResidualStatus, "/residual/status", latched)
    write_bag(tmp_path / "episodes", "earlier", policy, ticks=20)
    process = learn()
    first = weights.wait(1)[0]
    assert first.version >= 1 and first.task == "pick_block"
    assert hashlib.sha256(first.data.tobytes()).hexdigest() == first.sha256
    status = states.wait(1, lambda status: status.updates == 20 - 6 and status.behind == 0)[0]
    assert (status.state, status.rejected) == ("learning", 0) and status.utd == 2.0
    kept = client.call(Trigger, "/residual/checkpoint")
    assert kept.success and kept.message == "step 20 kept as 0000020.safetensors"
    assert client.call(SetBool, "/residual/freeze", SetBool.Request(data=True)).success
    newest = weights.wait(1, lambda message: message.exploration == 0.0)[0]
    assert newest.version > 1
    assert states.wait(1, lambda status: status.state == "frozen")
    assert "back at 0000020" in client.call(Trigger, "/residual/rollback").message
    assert process.interrupt() == 0, process.output
    assert (tmp_path / "learned" / "vital.safetensors").is_file()
    assert (tmp_path / "learned" / "replay" / "earlier.safetensors").is_file()


def test_one_learner_learns_from_several_robots(client, latched, tmp_path, policy, learn):
    """Two robots play at once; what either streams becomes bags and is learned from, and both get the weights."""
    states = client.subscribe(ResidualStatus, "/residual/status", latched)
    process = learn(robots="left,right")
    robots = {name: Robot(client, latched, name) for name in ("left", "right")}
    for name, robot in robots.items():
        write_bag(tmp_path / "played", f"of-{name}", policy, ticks=10)
        robot.status.publish(ExecutorStatus(phase=ExecutorStatus.LOCAL_POLICY, episode_id=f"of-{name}"))
    states.wait(1, lambda status: status.episode_id == "of-left,of-right")
    for name, robot in robots.items():
        robot.play(EpisodeReader(tmp_path / "played" / f"of-{name}"))
    states.wait(1, lambda status: status.transitions == 2 * 11)
    for name, robot in robots.items():
        robot.status.publish(ExecutorStatus(phase=ExecutorStatus.IDLE, episode_id=f"of-{name}"))
    status = states.wait(1, lambda status: status.updates == 2 * 10 - 6 and status.behind == 0)[0]
    assert (status.episodes, status.transitions, status.rejected) == (2, 2 * 11, 0)
    assert {EpisodeReader(path).metadata["robot"] for path in (tmp_path / "episodes").iterdir()} == {"left", "right"}
    answer = client.call(LabelEpisode, "/right/episode/label_episode", LabelEpisode.Request(success=False))
    assert answer.message == "of-right: failure"
    states.wait(1, lambda status: "of-right labelled failure" in status.message)
    assert process.interrupt() == 0, process.output


@pytest.mark.faults
def test_twenty_kills_at_random_moments_cost_nothing_that_was_finished(client, latched, tmp_path, policy, learn):
    """kill -9 of what learns, while it starts, reads, learns or writes: the robot's episodes go on meanwhile."""
    states = client.subscribe(ResidualStatus, "/residual/status", latched)
    weights = client.subscribe(ResidualWeights, "/residual/weights", latched)
    process = learn(robots="left")
    robot, moments = Robot(client, latched, "left"), np.random.default_rng(0)
    kept: dict[str, bytes] = {}
    for kill in range(20):
        name = f"episode-{kill:02}"
        write_bag(tmp_path / "played", name, policy, ticks=10)
        robot.status.publish(ExecutorStatus(phase=ExecutorStatus.LOCAL_POLICY, episode_id=name))
        states.wait(1, lambda status, name=name: status.episode_id == name)
        robot.play(EpisodeReader(tmp_path / "played" / name))
        robot.status.publish(ExecutorStatus(phase=ExecutorStatus.IDLE, episode_id=name))
        states.wait(1, lambda status, count=kill + 1: status.episodes == count)
        time.sleep(moments.uniform(0, 6))
        for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
        now = {path.name: path.read_bytes() for path in (tmp_path / "learned" / "replay").glob("*.safetensors")}
        assert {name: now[name] for name in kept} == kept, "an episode was lost or changed"
        kept = now
    states.wait(1, lambda status: status.updates == 20 * 10 - 6 and status.behind == 0, timeout=120)
    replay = sorted(path.stem for path in (tmp_path / "learned" / "replay").glob("*.safetensors"))
    assert replay == [f"episode-{kill:02}" for kill in range(20)]
    versions = [message.version for message in weights.messages]
    assert versions == sorted(set(versions)) and len(versions) > 1
    assert process.interrupt() == 0, process.output


class Robot:
    """Publishes below its namespace what a recorded episode holds."""

    TOPICS = {"/wrist_camera/image_raw": Image, "/policy/transition": Transition}

    def __init__(self, client, latched, name):
        self.status = client.node.create_publisher(ExecutorStatus, f"/{name}/policy/status", latched)
        self.labels = client.publisher(EpisodeLabel, f"/{name}/episode/label")
        self.publishers = {topic: client.publisher(kind, f"/{name}{topic}", 100) for topic, kind in self.TOPICS.items()}

    def play(self, episode):
        for topic, publisher in self.publishers.items():
            for cdr in episode.serialised(topic).messages:
                publisher.publish(cdr)
                time.sleep(0.02)  # a burst overflows what DDS holds in shared memory, and repairs take seconds
        self.labels.publish(EpisodeLabel(episode_id=episode.directory.name, success=True))


@pytest.fixture
def short_config(tmp_path):
    """Configuration of a small residual."""
    folder = tmp_path / "config"
    shutil.copytree(share_directory("config"), folder)
    small = {"width": 16, "utd": 2, "batch_size": 8, "warm_up": 6, "ramp": 4, "views": 1, "publish_every": 5}
    (folder / "residual.yaml").write_text(yaml.safe_dump(small))
    return folder


@pytest.fixture
def policy(short_config, tmp_path):
    """An untrained base, `tiny` in tmp_path."""
    torch.manual_seed(0)
    network = NetworkConfig(width=32, keypoints=8, layers=1, heads=2)
    card = Card(
        task="pick_block", policy="tiny", network=network,
        action=ActionSpec(translation_scale=0.01, rotation_scale=0.1),
        observation=observation_contract(load_config(short_config), (100.0,) * 15),
    )  # fmt: skip
    save_checkpoint(tmp_path / "tiny", VisuoTactilePolicy(network), card)
    return LocalPolicy.load(tmp_path / "tiny")


@pytest.fixture
def learn(spawn, client, short_config, policy, tmp_path):
    """`learn(robots="left")`: the node, learning on top of `policy`."""

    def start(**parameters):
        own = {"task": "pick_block", "episodes_dir": tmp_path / "episodes", "learn": tmp_path / "learned"}
        own |= {"config_dir": short_config, "base": tmp_path / "tiny.safetensors"}
        arguments = [text for name, value in (own | parameters).items() for text in ("-p", f"{name}:={value}")]
        process = spawn("vital_ros.nodes.residual_learner", "--ros-args", *arguments)
        client.bring_up("residual_learner")
        return process

    return start
