"""An episode written is the episode read, and appears whole or not at all."""

import errno

import numpy as np
import pytest
import yaml
from rosbags.rosbag2 import Writer
from scipy.spatial.transform import Rotation

from vital_ros.bags import EpisodeError, EpisodeReader, EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.bags.types import typestore
from vital_ros.geometry import Pose

from .full_disk import full_disk


def test_round_trip(tmp_path):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    mask = rng.integers(0, 256, (12, 16), dtype=np.uint8)
    field = rng.normal(size=(2, 15))
    pose = Pose.from_rotation([0.4, -0.1, 0.2], Rotation.random(random_state=1))
    with EpisodeWriter(tmp_path / "e0", {"task": "key_lock", "rates": {"image": 30.0}}) as writer:
        for k in range(5):
            writer.write("/wrist_camera/image_raw", m.image_message(image, "rgb8", 10**9 + k, "wrist"), 10**9 + k)
        writer.write("/sim/wrist_mask", m.image_message(mask, "mono8", 10**9, "wrist"), 10**9)
        writer.write("/anyskin/tactile", m.tactile_message(field, 7), 7)
        state = m.arm_state_message(pose, 0.25, 2 * 10**9 + 5)
        cdr = typestore().serialize_cdr(state, state.__msgtype__)
        writer.write_raw("/arm/state", state.__msgtype__, cdr, 3 * 10**9)
        writer.metadata["success"] = True

    episode = EpisodeReader(tmp_path / "e0")
    assert episode.metadata == {"task": "key_lock", "rates": {"image": 30.0}, "success": True}
    stream = episode.stream("/wrist_camera/image_raw")
    np.testing.assert_array_equal(stream.stamps_ns, 10**9 + np.arange(5))
    np.testing.assert_array_equal(m.image_array(stream.messages[3]), image)
    np.testing.assert_array_equal(m.image_array(episode.stream("/sim/wrist_mask").messages[0]), mask)
    np.testing.assert_allclose(m.tactile_array(episode.stream("/anyskin/tactile").messages)[0], field, rtol=1e-6)
    state = episode.stream("/arm/state")
    assert state.stamps_ns.tolist() == [2 * 10**9 + 5], "the sensor's stamp counts, not the recorder's"
    assert m.pose_of(state.messages[0].pose).allclose(pose)
    assert state.messages[0].gripper_opening == 0.25


def test_the_directory_is_what_rosbag2_reads(tmp_path):
    """rosbag2 takes QoS for play-back from the metadata: a latched topic offered volatile never reaches late nodes."""
    with EpisodeWriter(tmp_path / "e", {"task": "key_lock"}) as writer:
        writer.write("/arm/state", m.arm_state_message(Pose(), 0.5, 1), 1)
        writer.write("/anyskin/baseline", m.tactile_message(np.ones((2, 15)), 1), 1)
    facts = yaml.safe_load((tmp_path / "e" / "metadata.yaml").read_text())["rosbag2_bagfile_information"]
    assert (facts["version"], facts["storage_identifier"], facts["message_count"]) == (9, "mcap", 2)
    assert all((tmp_path / "e" / name).is_file() for name in facts["relative_file_paths"])
    topics = {entry["topic_metadata"]["name"]: entry["topic_metadata"] for entry in facts["topics_with_message_count"]}
    assert all(topic["serialization_format"] == "cdr" and topic["type_description_hash"] for topic in topics.values())
    qos = {name: topic["offered_qos_profiles"] for name, topic in topics.items()}
    (live,), (latched,) = (yaml.safe_load(q) if isinstance(q, str) else q for q in qos.values())
    assert (live["reliability"], live["durability"]) == ("reliable", "volatile")
    assert (latched["reliability"], latched["durability"], latched["depth"]) == ("reliable", "transient_local", 1)


def test_plays_some_topics_in_the_order_of_recording(tmp_path):
    with EpisodeWriter(tmp_path / "e", {}) as writer:
        for k, topic in enumerate(("/a", "/b", "/c", "/b", "/a")):
            writer.write(topic, m.arm_state_message(Pose((k, 0, 0)), 0.5, 10 - k), k)
    played = [(topic, message.pose.position.x) for topic, message in EpisodeReader(tmp_path / "e").play({"/a", "/b"})]
    assert played == [("/a", 0), ("/b", 1), ("/b", 3), ("/a", 4)]
    assert list(EpisodeReader(tmp_path / "e").play({"/none"})) == []


def test_messages_are_sorted_by_their_stamp(tmp_path):
    with EpisodeWriter(tmp_path / "e", {}) as writer:
        for stamp in (3, 1, 2):
            writer.write("/arm/state", m.arm_state_message(Pose(), stamp / 10, stamp), 10)
    stream = EpisodeReader(tmp_path / "e").stream("/arm/state")
    assert stream.stamps_ns.tolist() == [1, 2, 3]
    assert [s.gripper_opening for s in stream.messages] == [0.1, 0.2, 0.3]


def test_nothing_appears_before_close_and_nothing_stays_after_an_error(tmp_path):
    with pytest.raises(RuntimeError), EpisodeWriter(tmp_path / "e", {}) as writer:
        writer.write("/arm/state", m.arm_state_message(Pose(), 0.0, 1), 1)
        assert not (tmp_path / "e").exists()
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_at_the_end_leaves_nothing(tmp_path):
    with full_disk(), pytest.raises(OSError), EpisodeWriter(tmp_path / "e", {}) as writer:
        writer.write("/arm/state", m.arm_state_message(Pose(), 0.0, 1), 1)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_made_leaves_nothing(tmp_path, monkeypatch):
    def no_room(writer):
        writer.path.mkdir(parents=True)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Writer, "open", no_room)
    with pytest.raises(OSError, match="No space left"):
        EpisodeWriter(tmp_path / "e", {})
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_does_not_stand_in_the_way(tmp_path):
    killed = EpisodeWriter(tmp_path / "e", {})
    killed.write("/arm/state", m.arm_state_message(Pose(), 0.0, 1), 1)
    with EpisodeWriter(tmp_path / "e", {}) as writer:
        writer.write("/arm/state", m.arm_state_message(Pose(), 1.0, 2), 2)
    assert EpisodeReader(tmp_path / "e").stream("/arm/state").stamps_ns.tolist() == [2]


def test_refusals(tmp_path):
    with pytest.raises(ValueError, match="empty"), EpisodeWriter(tmp_path / "empty", {}):
        pass
    with EpisodeWriter(tmp_path / "e", {}) as writer:
        writer.write("/arm/state", m.arm_state_message(Pose(), 0.0, 1), 1)
        with pytest.raises(ValueError, match="/arm/state is vital_msgs/msg/ArmState"):
            writer.write("/arm/state", m.tactile_message(np.zeros((2, 15)), 1), 1)
    with pytest.raises(FileExistsError):
        EpisodeWriter(tmp_path / "e", {})
    with pytest.raises(EpisodeError, match="has no /nothing; it has /arm/state"):
        EpisodeReader(tmp_path / "e").stream("/nothing")
    with pytest.raises(EpisodeError, match=r"no metadata\.yaml"):
        EpisodeReader(tmp_path)
    (tmp_path / "e" / "e.mcap").write_bytes(b"nonsense")
    with pytest.raises(EpisodeError, match="damaged"):
        EpisodeReader(tmp_path / "e").stream("/arm/state")
    (tmp_path / "e" / "metadata.yaml").write_text("nonsense")
    with pytest.raises(EpisodeError, match="damaged"):
        _ = EpisodeReader(tmp_path / "e").metadata


def test_padded_and_bgr_images_are_understood():
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    msg = m.image_message(np.ascontiguousarray(image[..., ::-1]), "bgr8", 0, "")
    rows = np.zeros((2, 12), np.uint8)
    rows[:, :9] = msg.data.reshape(2, 9)
    msg.step, msg.data = 12, rows.reshape(-1)
    np.testing.assert_array_equal(m.image_array(msg), image)
    msg.data = msg.data[:-1]
    with pytest.raises(ValueError, match="bytes"):
        m.image_array(msg)
    msg.encoding = "yuyv"
    with pytest.raises(ValueError, match="yuyv"):
        m.image_array(msg)
