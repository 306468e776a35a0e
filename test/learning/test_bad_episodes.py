"""What cannot be learned from is refused by name, or skipped and said."""

import numpy as np
import pytest

from vital_ros.bags import EpisodeError, EpisodeReader, EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.bags.types import typestore
from vital_ros.geometry import Pose
from vital_ros.learning.dataset import BadEpisodes, Demonstrations


@pytest.fixture
def refused(write_episode, spec, tmp_path):
    """The one problem of a folder that also holds a good episode, "a"."""

    def problem():
        demos = tmp_path / "demos"
        if not (demos / "a").exists():
            write_episode("a")
        with pytest.raises(BadEpisodes) as error:
            Demonstrations.load(demos, "key_lock", spec)
        first, *more = error.value.problems
        kept = Demonstrations.load(demos, "key_lock", spec, skip_bad=True)
        assert not more and kept.names == ["a"] and kept.left_out == {"b": first}
        return first

    return problem


def rewritten(folder, keep=lambda topic, time: True, extra=None):
    """Episode "b": "a" without some of its messages, or with others."""
    source = EpisodeReader(folder / "a")
    with EpisodeWriter(folder / "b", source.metadata) as writer:
        for topic in source.topics:
            for stamp, message in zip(*source.stream(topic), strict=True):
                if keep(topic, (stamp - 1_000_000_000) / 1e9):
                    writer.write(topic, message, int(stamp))
        for topic, message in (extra or {}).items():
            writer.write(topic, message, 1_000_000_000)


def test_a_bag_cut_short(write_episode, refused):
    bag = next((write_episode("b") / "b").glob("*.mcap"))
    bag.write_bytes(bag.read_bytes()[: bag.stat().st_size // 2])
    assert "demos/b is damaged: " in refused()


def test_a_recording_that_was_killed(write_episode, refused):
    (write_episode("b") / "b" / "metadata.yaml").unlink()
    assert "demos/b is no episode: it has no metadata.yaml" in refused()


@pytest.mark.parametrize("topic", ["/wrist_camera/image_raw", "/anyskin/tactile", "/arm/state"])
def test_a_missing_stream(write_episode, refused, topic):
    rewritten(write_episode("a"), lambda name, _: name != topic)
    assert f"demos/b has no {topic}; it has " in refused()


def test_a_wrong_rate(write_episode, refused):
    rewritten(write_episode("a"), lambda name, t: "camera" not in name or round(t * 30) % 2 == 0)
    assert "demos/b: camera comes at 15.0 Hz, not at 30 Hz" in refused()


def test_a_stream_that_stood_still(write_episode, refused):
    rewritten(write_episode("a"), lambda name, t: name != "/arm/state" or not 0.3 < t < 0.95)
    assert "demos/b: arm_state stands still for 0.6" in refused()


def test_another_crop(write_episode, refused):
    write_episode("b", image={"policy_crop_right": 0.1})
    assert "demos/b was recorded for crop_right 0.1, not 0.2" in refused()


def test_another_task(write_episode, refused):
    write_episode("b", task="plug_socket")
    assert "demos/b is of task 'plug_socket', not 'key_lock'" in refused()


def test_another_lens(write_episode, refused):
    info = m.camera_info_message(40, 32, [9, 0, 20, 0, 9, 16, 0, 0, 1], [0] * 4, "equidistant", 1, "wrist")
    rewritten(write_episode("a"), extra={"/wrist_camera/camera_info": info})
    assert "demos/b: its /wrist_camera/camera_info is not that of " in refused()


def test_a_leap_of_the_arm(write_episode, refused):
    write_episode("b", speed=0.6)
    assert "demos/b: the arm leaps by up to 100 mm and 0.00 rad between two ticks" in refused()


def test_another_frame_size_and_too_short_an_episode(write_episode, spec):
    demos = write_episode("a")
    with pytest.raises(BadEpisodes) as error:
        Demonstrations.load(demos, "key_lock", spec.model_copy(update={"raw_width": 41}))
    assert "demos/a: wrist frame is (32, 40, 3)" in error.value.problems[0]
    with pytest.raises(EpisodeError, match="demos/a: wrist frame is"):
        Demonstrations.load(demos, "key_lock", spec.model_copy(update={"raw_width": 41}), skip_bad=True)
    with pytest.raises(BadEpisodes) as error:
        Demonstrations.load(write_episode("short", duration=0.1), "key_lock", spec)
    assert "shorter than two ticks" in error.value.problems[0]


def test_a_pose_that_is_no_number(write_episode, refused):
    folder = write_episode("a")
    lost = m.arm_state_message(Pose([0.4, 0, 0.3], [1, 0, 0, 0]), 0.5, 1_000_000_000)
    lost.pose.position.x = np.nan
    rewritten(folder, lambda name, t: name != "/arm/state" or t > 0, extra={"/arm/state": lost})
    assert "demos/b: not a pose: position [nan, " in refused()


def test_an_opening_that_is_no_number(write_episode, refused):
    write_episode("b", opening=float("nan"))
    assert "demos/b: the gripper's opening is not finite" in refused()


@pytest.mark.parametrize("crop", ["0.2", 0.1])
def test_a_crop_that_is_none_of_ours(write_episode, refused, crop):
    write_episode("b", image={"policy_crop_right": crop})
    assert f"demos/b was recorded for crop_right {crop!r}, not 0.2" in refused()


def test_a_baseline_that_was_announced_but_never_came(write_episode, spec):
    demos = write_episode("a")
    with_empty_topic(demos, "/anyskin/baseline", "vital_msgs/msg/Tactile")
    assert Demonstrations.load(demos, "key_lock", spec).names == ["a", "c"]


def test_a_mask_stream_without_a_mask(write_episode, spec):
    demos = write_episode("a", masked=False)
    with_empty_topic(demos, "/sim/wrist_mask", "sensor_msgs/msg/Image")
    with pytest.raises(BadEpisodes) as error:
        Demonstrations.load(demos, "key_lock", spec, masks="truth")
    assert any("demos/c: /sim/wrist_mask does not carry the stamps of" in problem for problem in error.value.problems)


def with_empty_topic(demos, topic, msgtype):
    """Episode "c": "a" with a topic that is announced and has no message."""
    source = EpisodeReader(demos / "a")
    with EpisodeWriter(demos / "c", source.metadata) as writer:
        for name in source.topics:
            for stamp, message in zip(*source.stream(name), strict=True):
                if name != topic:
                    writer.write(name, message, int(stamp))
        writer._writer.add_connection(topic, msgtype, typestore=typestore())


def test_a_bad_first_episode_condemns_no_other(write_episode, spec):
    good = write_episode("b")
    source = EpisodeReader(good / "b")
    with EpisodeWriter(good / "a", {**source.metadata, "frames": "others"}) as writer:
        for stamp, message in zip(*source.stream("/arm/state"), strict=True):
            writer.write("/arm/state", message, int(stamp))
    write_episode("c")
    kept = Demonstrations.load(good, "key_lock", spec, skip_bad=True)
    assert kept.names == ["b", "c"] and "has no /wrist_camera/image_raw" in kept.left_out["a"]
