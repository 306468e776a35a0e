"""Backgrounds from a folder of pictures, and the folder from a generator."""

import cv2
import numpy as np
import pytest

from vital_ros.augmentation.backgrounds import Procedural, backgrounds
from vital_ros.augmentation.textures import SIDE, Textures, write_pictures
from vital_ros.config import ConfigError


@pytest.fixture
def folder(tmp_path):
    """Red and blue, of different shapes, and what is no picture."""
    (tmp_path / "deep").mkdir()
    red, blue = np.zeros((40, 60, 3), np.uint8), np.zeros((50, 30, 3), np.uint8)
    red[..., 2], blue[..., 0] = 200, 200
    cv2.imwrite(str(tmp_path / "red.png"), red)
    cv2.imwrite(str(tmp_path / "deep" / "blue.JPG"), blue)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "._red.png").write_text("of a file manager")
    return tmp_path


def test_cuts_of_all_pictures_that_repeat(folder):
    pool = backgrounds(Textures(folder), 20, 24, np.random.default_rng(0))
    assert pool.shape == (20, 24, 24, 3) and pool.dtype == np.uint8
    assert set(pool.mean(axis=(1, 2)).argmax(axis=1)) == {0, 2}
    np.testing.assert_array_equal(pool, backgrounds(Textures(folder), 20, 24, np.random.default_rng(0)))


def test_facts_follow_the_pictures_not_the_place(folder, tmp_path):
    facts = Textures(folder).facts()
    assert facts["source"] == folder.name and facts["pictures"] == 2
    moved = folder.rename(tmp_path.with_name("moved"))
    assert Textures(moved).facts()["sha256"] == facts["sha256"]
    (moved / "red.png").rename(moved / "crimson.png")
    assert Textures(moved).facts()["sha256"] != facts["sha256"]


def test_folders_that_cannot_be_used_are_named(tmp_path):
    with pytest.raises(ConfigError, match="nowhere: there is no such folder"):
        Textures(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="no picture there"):
        Textures(tmp_path)
    (tmp_path / "broken.png").write_text("not a picture")
    with pytest.raises(ConfigError, match=r"broken\.png: not a readable picture"):
        Textures(tmp_path).draw(8, np.random.default_rng(0))


def test_pictures_are_not_enlarged(tmp_path):
    cv2.imwrite(str(tmp_path / "small.png"), np.zeros((20, 60, 3), np.uint8))
    assert Textures(tmp_path).draw(20, np.random.default_rng(0)).shape == (20, 20, 3)
    with pytest.raises(ConfigError, match=r"small\.png: 60 x 20 px, it should be at least 21 px on its shorter side"):
        Textures(tmp_path).draw(21, np.random.default_rng(0))


def test_a_folder_is_filled_and_an_interrupted_one_goes_on(tmp_path):
    out = tmp_path / "new" / "folder"
    assert write_pictures(out, "procedural", Procedural(), range(2), 0) == 2
    first, second = sorted(out.iterdir())
    assert first.name == "procedural_0_00000.png" and cv2.imread(str(first)).shape == (SIDE, SIDE, 3)
    before = first.read_bytes()
    first.unlink()
    assert write_pictures(out, "procedural", Procedural(), range(2), 0) == 1
    assert first.read_bytes() == before != second.read_bytes()
    assert Textures(out).facts()["pictures"] == 2
