import numpy as np
import pytest

from vital_ros.config import ConfigError
from vital_ros.localization.registry import ObjectCard, RegisteredObject, load_objects, save_object


def test_an_object_survives_saving(lock, tmp_path):
    save_object(lock, tmp_path / "objects", "lock")
    (loaded,) = load_objects(tmp_path / "objects")
    assert loaded.card == lock.card
    np.testing.assert_array_equal(loaded.crop, lock.crop)


def test_a_missing_directory_holds_no_objects(tmp_path):
    assert load_objects(tmp_path / "nothing") == []


def test_a_missing_picture_is_named(lock, tmp_path):
    save_object(lock, tmp_path, "lock").with_suffix(".png").unlink()
    with pytest.raises(ConfigError, match=r"lock\.png.*register 'key lock' again"):
        load_objects(tmp_path)


def test_the_point_must_lie_in_the_picture(lock):
    with pytest.raises(ConfigError, match=r"point \(40.0, 3.0\) lies outside its 40 x 40 px crop"):
        RegisteredObject(ObjectCard(label="lock", point=(40, 3)), lock.crop)
