import numpy as np
import pytest

from vital_ros.config import ConfigError
from vital_ros.localization.registry import ObjectCard, RegisteredObject, cut_out, load_objects, save_object


def test_an_object_survives_saving(lock, tmp_path):
    save_object(lock, tmp_path / "objects")
    (loaded,) = load_objects(tmp_path / "objects")
    assert loaded.card == lock.card
    np.testing.assert_array_equal(loaded.crop, lock.crop)


def test_a_missing_directory_holds_no_objects(tmp_path):
    assert load_objects(tmp_path / "nothing") == []


def test_a_missing_picture_is_named(lock, tmp_path):
    save_object(lock, tmp_path).with_suffix(".png").unlink()
    with pytest.raises(ConfigError, match=r"key_lock\.png: no readable image.*register"):
        load_objects(tmp_path)


def test_the_point_must_lie_in_the_picture(lock):
    with pytest.raises(ConfigError, match=r"point \(40.0, 3.0\) lies outside its 40 x 40 px crop"):
        RegisteredObject(ObjectCard(label="lock", point=(40, 3)), lock.crop)


def test_cuts_an_object_out_of_a_picture(scene):
    image = scene((320, 240))
    known = cut_out(image, "key lock", (), (319.5, 239.5), (40, 40))
    np.testing.assert_array_equal(known.crop, image[220:260, 300:340])
    assert known.card.point == (19.5, 19.5)


@pytest.mark.parametrize(
    ("point", "size", "complaint"),
    [
        ((10, 240), (40, 40), "outside the 640 x 480 px"),
        ((320, 470), (40, 40), "outside"),
        ((9, 9), (8, 40), "too small"),
    ],
)
def test_refuses_an_unusable_cut(scene, point, size, complaint):
    with pytest.raises(ConfigError, match=complaint):
        cut_out(scene(None), "key lock", (), point, size)
