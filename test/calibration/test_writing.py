"""A calibration into cameras.yaml."""

import shutil
from datetime import date

import pytest

from vital_ros.calibration.writing import changed_cameras, write_with_backup
from vital_ros.config import CamerasConfig, ConfigError, share_directory
from vital_ros.config.base import load_yaml

CHANGES = {
    "placement.position": [1.0, 0.5, 0.25],
    "calibrated": {"date": date(2026, 3, 1), "views": 17, "residual_px": 0.41, "residual_mm": 1.2, "residual_deg": 0.1},
}


@pytest.fixture
def file(tmp_path):
    return shutil.copy(share_directory("config") / "cameras.yaml", tmp_path / "cameras.yaml")


def test_comments_and_other_keys_stay(file):
    before = file.read_text().splitlines()
    text = changed_cameras(file, "third", CHANGES)
    changed = [line for line in text.splitlines() if line not in before]
    assert changed == [
        "  calibrated: {date: 2026-03-01, views: 17, residual_px: 0.41, residual_mm: 1.2, residual_deg: 0.1}",
        "    position: [1.0, 0.5, 0.25]",
    ]
    assert [line for line in before if line not in text.splitlines()] == ["    position: [1.05, 0.45, 0.75]"]
    assert file.read_text().splitlines() == before
    write_with_backup(file, text)
    third = load_yaml(CamerasConfig, file).third
    assert third.placement.position == (1.0, 0.5, 0.25)
    assert (third.calibrated.date, third.calibrated.residual_mm) == (date(2026, 3, 1), 1.2)


def test_again_replaces_the_first(file):
    write_with_backup(file, changed_cameras(file, "third", CHANGES))
    text = changed_cameras(file, "third", CHANGES)
    assert text == file.read_text()


def test_the_backup_is_what_was_there(file):
    before = file.read_text()
    backup = write_with_backup(file, "new")
    assert (file.read_text(), backup.read_text()) == ("new", before)
    assert write_with_backup(file.with_name("other.yaml"), "new") is None


def test_an_invalid_result_changes_nothing(file):
    before = file.read_text()
    with pytest.raises(ConfigError, match=r"third\.placement\.position\.0 = 'far'"):
        changed_cameras(file, "third", {"placement.position": ["far", 0.0, 0.0]})
    with pytest.raises(ConfigError, match="first: cannot be changed"):
        changed_cameras(file, "first", CHANGES)
    file.write_text("third: [")
    with pytest.raises(ConfigError, match="not YAML"):
        changed_cameras(file, "third", CHANGES)
    assert before != file.read_text() == "third: ["


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_with_backup(tmp_path / "file" / "cameras.yaml", "new")
