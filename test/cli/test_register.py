"""The command, on a picture of the simulated cell's registered key lock."""

import re
import shutil

import cv2
import numpy as np
import pytest

from vital_ros.cli.main import main
from vital_ros.config import load_config, share_directory
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.registry import load_objects


@pytest.fixture
def folder(tmp_path):
    """A configuration without objects."""
    shutil.copytree(share_directory("config"), tmp_path / "config", ignore=shutil.ignore_patterns("objects"))
    return tmp_path / "config"


@pytest.fixture
def shown(tmp_path):
    """A patterned square of 6 cm at a height of 5 cm: its picture's path, its outline and its middle, px."""
    third = load_config().cameras.third
    camera, pose = PinholeCamera.from_k(third.k), Pose(third.placement.position, third.placement.quaternion)
    square = 0.03 * np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
    points = np.column_stack([square[:, 0] + 0.42, square[:, 1], np.full(4, 0.05)])
    corners = camera.project(pose.inverse().apply(points)).astype(np.float32)
    pattern = cv2.resize(np.random.default_rng(3).integers(0, 255, (6, 6, 3), np.uint8), (60, 60))
    frame = np.array([(0, 0), (60, 0), (60, 60), (0, 60)], np.float32)
    image = np.full((480, 640, 3), (60, 150, 60), np.uint8)
    to_image = cv2.getPerspectiveTransform(frame, corners)
    cv2.warpPerspective(pattern, to_image, (640, 480), image, borderMode=cv2.BORDER_TRANSPARENT)
    cv2.imwrite(str(tmp_path / "seen.png"), image)
    middle = camera.project(pose.inverse().apply((0.42, 0.0, 0.05)))
    return tmp_path / "seen.png", corners, middle


def register(folder, path, corners, middle, *more):
    outline = [f"{value:.2f}" for value in np.ravel(corners)]
    point = [f"{value:.2f}" for value in middle]
    words = ["register", "--image", str(path), "--label", "tea pot", "--alias", "pot", "--config", str(folder)]
    return main([*words, "--point", *point, "--outline", *outline, *more])


def test_registers_what_a_picture_shows(folder, shown, capsys):
    path, corners, middle = shown
    assert register(folder, path, corners, middle, "--height", "0.05") == 0
    (known,) = load_objects(folder / "objects")
    assert known.card.label == "tea pot" and known.card.aliases == ("pot",)
    found = re.search(r"found again at \(([\d.]+), ([\d.]+)\) with confidence ([\d.]+)", capsys.readouterr().out)
    np.testing.assert_allclose([float(found[1]), float(found[2])], middle, atol=0.3)
    assert float(found[3]) > 0.95


@pytest.mark.parametrize("words", [(), ("--height", "0.05", "--outline", "1", "2", "3")])
def test_a_picture_needs_outline_and_height(folder, shown, capsys, words):
    assert register(folder, *shown, *words) == 2
    assert "--image: needs --height and --outline" in capsys.readouterr().err
    assert not (folder / "objects").exists()


def test_a_point_beside_the_outline(folder, shown, capsys):
    path, corners, middle = shown
    assert register(folder, path, corners, middle + 200, "--height", "0.05") == 2
    assert "and the point within them" in capsys.readouterr().err
