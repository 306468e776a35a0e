"""Backgrounds: repeatable, diverse, of any source."""

import cv2
import numpy as np
import pytest

from vital_ros.augmentation.backgrounds import Procedural, Replace, Textures, backgrounds, procedural_backgrounds
from vital_ros.augmentation.surfaces import KINDS
from vital_ros.config import ConfigError


@pytest.mark.parametrize("kind", dict.fromkeys(KINDS), ids=lambda kind: kind.__name__)
def test_every_surface_is_of_its_size_repeats_with_its_seed_and_is_not_flat(kind):
    first, again, other = (kind(48, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.shape == (48, 48, 3) and first.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    assert (first != other).any() and first.std(axis=(0, 1)).max() > 0.005


def test_made_up_backgrounds_are_bright_and_dark_and_of_all_colours():
    pool = procedural_backgrounds(100, 32, np.random.default_rng(0))
    assert pool.shape == (100, 32, 32, 3) and pool.dtype == np.uint8
    means = pool.mean(axis=(1, 2))
    assert means.mean(axis=1).min() < 60 and means.mean(axis=1).max() > 150
    assert (np.ptp(means, axis=0) > 120).all()


def test_a_folder_of_pictures(tmp_path):
    (tmp_path / "deep").mkdir()
    red, blue = np.zeros((40, 60, 3), np.uint8), np.zeros((50, 30, 3), np.uint8)
    red[..., 2], blue[..., 0] = 200, 200
    cv2.imwrite(str(tmp_path / "red.png"), red)
    cv2.imwrite(str(tmp_path / "deep" / "blue.JPG"), blue)
    (tmp_path / "notes.txt").write_text("no picture")
    source = Textures(tmp_path)
    pool = backgrounds(source, 20, 24, np.random.default_rng(0))
    assert pool.shape == (20, 24, 24, 3)
    channels = pool.mean(axis=(1, 2)).argmax(axis=1)
    assert set(channels) == {0, 2}
    np.testing.assert_array_equal(pool, backgrounds(source, 20, 24, np.random.default_rng(0)))


def test_folders_that_cannot_be_used_are_named(tmp_path):
    with pytest.raises(ConfigError, match="no picture there"):
        Textures(tmp_path)
    (tmp_path / "broken.png").write_text("not a picture")
    with pytest.raises(ConfigError, match=r"broken\.png: not a readable picture"):
        Textures(tmp_path).draw(8, np.random.default_rng(0))


def test_replacing_leaves_what_is_kept():
    rng = np.random.default_rng(0)
    rgb, keep = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8), rng.random((20, 30)) < 0.4
    replace = Replace(Procedural())
    first, again = (replace(rgb, keep, np.random.default_rng(1)) for _ in "ab")
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first[keep], rgb[keep])
    assert (first[~keep] != rgb[~keep]).any(axis=-1).mean() > 0.9
