import pytest

from vital_ros.bags import EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.bags.keep_newest import keep_newest
from vital_ros.geometry import Pose

NAMES = [f"20260102-03040{second}-000000-{rule}" for second, rule in enumerate(("step", "contact", "error", "mode"))]


def begun(directory):
    writer = EpisodeWriter(directory, {})
    writer.write("/arm/state", m.arm_state_message(Pose(), 0.5, 1), 1)
    return writer


@pytest.mark.parametrize("count", [0, 1, 3, 4, 9])
def test_the_oldest_go_first(tmp_path, count):
    for name in reversed(NAMES):
        begun(tmp_path / name).close()
    keep_newest(tmp_path, count)
    assert sorted(path.name for path in tmp_path.iterdir()) == NAMES[max(0, 4 - count) :]


def test_one_being_written_and_what_is_no_bag_stay(tmp_path):
    (tmp_path / "0-notes").mkdir()
    (tmp_path / "0-notes" / "why.txt").touch()
    (tmp_path / "0.txt").touch()
    writing = begun(tmp_path / NAMES[0])
    begun(tmp_path / NAMES[1]).close()
    keep_newest(tmp_path, 0)
    assert writing.close() == tmp_path / NAMES[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0-notes", "0.txt", NAMES[0]]


def test_no_folder_is_no_fault(tmp_path):
    keep_newest(tmp_path / "faults", 3)
    assert list(tmp_path.iterdir()) == []
