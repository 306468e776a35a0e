import cv2
import numpy as np
import pytest

from vital_ros.config import ConfigError
from vital_ros.localization.registry import ObjectCard, RegisteredObject, load_objects, save_object


def test_an_object_survives_saving(lock, tmp_path):
    save_object(lock, tmp_path / "objects")
    (loaded,) = load_objects(tmp_path / "objects")
    assert loaded.card == lock.card
    np.testing.assert_array_equal(loaded.crop, lock.crop)
    np.testing.assert_array_equal(loaded.mask, lock.mask)


def test_a_missing_directory_holds_no_objects(tmp_path):
    assert load_objects(tmp_path / "nothing") == []


def test_a_missing_picture_is_named(lock, tmp_path):
    save_object(lock, tmp_path).with_suffix(".png").unlink()
    with pytest.raises(ConfigError, match=r"key_lock\.png: no readable image.*register"):
        load_objects(tmp_path)


def test_a_picture_without_alpha_is_named(lock, tmp_path):
    cv2.imwrite(str(save_object(lock, tmp_path).with_suffix(".png")), lock.crop)
    with pytest.raises(ConfigError, match=r"key_lock\.png: a picture without alpha.*register"):
        load_objects(tmp_path)


def test_the_point_must_lie_in_the_picture(lock):
    with pytest.raises(ConfigError, match=r"point \(400.0, 3.0\) lies outside its"):
        RegisteredObject(ObjectCard(label="lock", height=0.05, point=(400, 3)), lock.crop, lock.mask)


def test_a_speck_is_no_object(lock):
    with pytest.raises(ConfigError, match="a face of 0 px is too small"):
        RegisteredObject(lock.card, lock.crop, np.zeros_like(lock.mask))
