"""Key point files: what they may hold, and that they come back as they were."""

import numpy as np
import pytest

from vital_ros.augmentation.annotation import load_reference, parse_annotation, save_reference
from vital_ros.config import ConfigError, load_config

TASKS = ("card_swipe", "key_lock", "pick_block", "plug_socket", "usb_insertion")


def test_saved_and_loaded_they_are_the_same(reference, tmp_path):
    path = tmp_path / "deep" / "points.yaml"
    save_reference(reference, path)
    again = load_reference(path)
    assert again.annotation == reference.annotation
    np.testing.assert_array_equal(again.image, reference.image)
    assert sorted(file.name for file in path.parent.iterdir()) == ["points.png", "points.yaml"]
    assert "points: [[22, 48], [22, 56], [30, 55.2], [30.8, 47.2]]" in path.read_text()
    assert again.points()["held"].shape == (3, 2) and again.negative().shape == (4, 2)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"objects": []}, r"objects = \[\]: .*at least 1"),
        ({"objects": [{"name": "a", "points": []}]}, r"objects\.0\.points = \[\]: .*at least 1"),
        ({"objects": [{"name": "a", "points": [[80, 3]]}]}, r"a: point \[80, 3\] should lie in the 80 x 64 frame"),
        ({"objects": [{"name": "a", "points": [[1, 2, 3]]}]}, r"objects\.0\.points\.0"),
        ({"objects": [{"name": "a", "points": [[1, float("nan")]]}]}, r"finite"),
        ({"objects": [{"name": n, "points": [[1, 2]]} for n in "aa"]}, r"different names, not a, a"),
        ({"negative": [[-1, 0]]}, r"negative: point \[-1, 0\]"),
        ({"width": 0}, r"width = 0"),
        ({"colour": "red"}, r"unknown key 'colour'; allowed here: episode, frame, width"),
    ],
)
def test_mistakes_are_one_line(scene, changes, told):
    with pytest.raises(ConfigError, match=told):
        parse_annotation(scene.annotation(**changes), "file")


def test_a_frame_that_is_missing_or_of_another_size(reference, tmp_path, scene):
    path = tmp_path / "points.yaml"
    save_reference(reference, path)
    path.with_suffix(".png").unlink()
    with pytest.raises(ConfigError, match=r"points\.png: no readable picture"):
        load_reference(path)
    save_reference(reference, path)
    path.write_text(path.read_text().replace("width: 80", "width: 90"))
    with pytest.raises(ConfigError, match="the frame is 80 x 64, the annotation says 90 x 64"):
        load_reference(path)


@pytest.mark.parametrize("task", TASKS)
def test_every_task_comes_with_key_points(task):
    """Of hand and fixture, and nothing of them on the screen."""
    reference = load_reference(load_config().directory / "annotations" / f"{task}.yaml")
    assert "gripper" in reference.points() and len(reference.points()) >= 2
    on_objects = np.concatenate(list(reference.points().values())).round().astype(int)
    colours = reference.image[on_objects[:, 1], on_objects[:, 0]].astype(int)
    screen = (colours[:, 1] > 90) & (colours[:, 0] < 40)
    assert not screen.any()
