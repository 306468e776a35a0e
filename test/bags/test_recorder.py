import numpy as np
import pytest

from vital_ros.bags import EpisodeReader
from vital_ros.bags import messages as m
from vital_ros.bags.recorder import EpisodeRecorder
from vital_ros.bags.types import typestore
from vital_ros.geometry import Pose

from .full_disk import full_disk


def cdr(message) -> tuple[str, bytes]:
    return message.__msgtype__, bytes(typestore().serialize_cdr(message, message.__msgtype__))


def state(stamp_ns):
    return cdr(m.arm_state_message(Pose(), 0.5, stamp_ns))


@pytest.fixture
def recorder(tmp_path):
    return EpisodeRecorder(tmp_path / "episodes", ["/anyskin/baseline", "/localizer/color"])


def test_an_episode_opens_with_what_was_latched_and_ends_with_its_verdict(recorder):
    recorder.write("/anyskin/baseline", *cdr(m.tactile_message([1.0] * 30, 1)), 1)
    recorder.write("/arm/state", *state(2), 2)
    recorder.begin("episode", {"task": "key_lock"}, 10)
    recorder.write("/arm/state", *state(11), 11)
    assert recorder.label("episode", True, "success")
    reader = EpisodeReader(recorder.finish())
    assert reader.stream("/anyskin/baseline").messages[0].field[0] == 1.0
    assert reader.stream("/arm/state").stamps_ns.tolist() == [11]
    assert reader.metadata == {"task": "key_lock", "success": True, "reason": "success"}
    assert recorder.episode_id == "" and recorder.episodes == 1


@pytest.mark.parametrize("content", ["", "a: [", "[]", "rosbag2_bagfile_information: {custom_data: 3}"])
def test_a_label_for_an_episode_whose_metadata_is_damaged_is_refused_and_changes_nothing(recorder, content):
    recorder.begin("episode", {"task": "key_lock"}, 10)
    recorder.write("/arm/state", *state(11), 11)
    metadata = recorder.finish() / "metadata.yaml"
    metadata.write_text(content)
    with pytest.raises(OSError, match="is damaged"):
        recorder.label("episode", True, "success")
    assert metadata.read_text() == content


def test_an_unlabelled_episode_says_so_until_a_person_labels_it(recorder):
    recorder.begin("episode", {"task": "key_lock"}, 10)
    recorder.write("/arm/state", *state(11), 11)
    directory = recorder.finish()
    assert EpisodeReader(directory).metadata["success"] is None
    assert recorder.label("episode", False, "operator")
    reader = EpisodeReader(directory)
    assert reader.metadata == {"task": "key_lock", "success": False, "reason": "operator"}
    assert len(reader.stream("/arm/state").messages) == 1


@pytest.mark.parametrize("episode", ["", "other", "../other"])
def test_a_label_for_an_unknown_episode_is_refused(recorder, episode):
    assert not recorder.label(episode, True, "success")


def test_a_new_episode_closes_the_one_before(recorder, tmp_path):
    for number in range(2):
        recorder.begin(f"episode_{number}", {}, 10)
        recorder.write("/arm/state", *state(11), 11)
    assert (tmp_path / "episodes" / "episode_0" / "metadata.yaml").is_file()
    assert recorder.episode_id == "episode_1"


def test_nothing_in_it_leaves_nothing(recorder, tmp_path):
    recorder.begin("episode", {}, 10)
    assert recorder.finish() is None
    assert list((tmp_path / "episodes").iterdir()) == []
    assert recorder.finish() is None


def large_picture():
    """More than a chunk, however it is compressed: it is written at once."""
    picture = np.random.default_rng(0).integers(0, 255, (1000, 1000, 3), np.uint8)
    return cdr(m.image_message(picture, "rgb8", 1, "camera"))


def test_a_disk_that_is_full_before_the_opening_is_written_costs_that_episode(recorder, tmp_path):
    recorder.write("/localizer/color", *large_picture(), 1)
    with full_disk(), pytest.raises(OSError):
        recorder.begin("first", {}, 10)
    recorder.write("/arm/state", *state(11), 11)  # no episode runs
    assert recorder.episode_id == "" and recorder.finish() is None
    assert list((tmp_path / "episodes").iterdir()) == []
    recorder.begin("second", {}, 20)
    assert recorder.finish() == tmp_path / "episodes" / "second"


def test_a_disk_that_is_full_at_the_end_costs_that_episode(recorder, tmp_path):
    recorder.begin("first", {}, 10)
    recorder.write("/arm/state", *state(11), 11)
    with full_disk(), pytest.raises(OSError):
        recorder.finish()
    assert recorder.episode_id == "" and recorder.episodes == 0
    assert list((tmp_path / "episodes").iterdir()) == []
    recorder.begin("second", {}, 20)
    recorder.write("/arm/state", *state(21), 21)
    assert recorder.finish() == tmp_path / "episodes" / "second"


def test_a_verdict_that_finds_no_room_leaves_the_episode_as_it_was(recorder):
    recorder.begin("first", {}, 10)
    recorder.write("/arm/state", *state(11), 11)
    directory = recorder.finish()
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    with full_disk(), pytest.raises(OSError):
        recorder.label("first", True, "success")
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before


def test_killing_the_recorder_loses_only_the_episode_in_flight(recorder, tmp_path):
    recorder.begin("first", {}, 10)
    recorder.write("/arm/state", *state(11), 11)
    recorder.begin("second", {}, 20)
    recorder.write("/arm/state", *state(21), 21)
    survivor = EpisodeRecorder(tmp_path / "episodes", [])  # as after kill -9: nothing was closed
    assert [d.name for d in (tmp_path / "episodes").iterdir() if not d.name.startswith(".")] == ["first"]
    survivor.begin("second", {}, 30)
    survivor.write("/arm/state", *state(31), 31)
    assert EpisodeReader(survivor.finish()).stream("/arm/state").stamps_ns.tolist() == [31]


def test_frames_are_written_with_their_masks_or_not_at_all(tmp_path):
    recorder = EpisodeRecorder(tmp_path, [], pairs=("/frame", "/mask"))
    recorder.write("/mask", *state(1), 1)  # of before the beginning
    recorder.begin("episode", {}, 10)
    recorder.write("/frame", *state(1), 11)
    for stamp in (2, 3):
        recorder.write("/frame", *state(stamp), 10 + stamp)
        recorder.write("/mask", *state(stamp), 10 + stamp)
    recorder.write("/arm/state", *state(4), 14)
    recorder.write("/frame", *state(4), 14)  # its mask comes after the end
    reader = EpisodeReader(recorder.finish())
    assert reader.stream("/frame").stamps_ns.tolist() == reader.stream("/mask").stamps_ns.tolist() == [2, 3]
    assert reader.stream("/arm/state").stamps_ns.tolist() == [4]
