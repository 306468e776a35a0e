"""`./vital calibrate` from end to end, on bags."""

import json
import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from vital_ros.bags.messages import (
    arm_state_message,
    camera_info_message,
    compressed_image_message,
    image_message,
)
from vital_ros.bags.writer import EpisodeWriter
from vital_ros.cli.main import main
from vital_ros.config import CamerasConfig, share_directory
from vital_ros.config.base import load_yaml
from vital_ros.geometry import Pose

from .rig import EyeRig, Rig

COLOR = "/camera/camera/color"
FRAME = "camera_color_optical_frame"
SECOND = 10**9


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory with a configuration of its own."""
    shutil.copytree(share_directory("config"), tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def third_bag(directory, rig, count=10, poses=True, infos=True):
    """The gripper stands at `count` places for half a second each."""
    lens = rig.lens
    info = camera_info_message(lens.width, lens.height, lens.matrix, lens.d, lens.model, 0, FRAME)
    with EpisodeWriter(directory, {}) as bag:
        for number in range(count):
            tool, start = rig.tool(), (100 + number) * SECOND
            image = rig.picture(tool)
            for step in range(25):
                stamp = start + step * SECOND // 50
                if poses:
                    bag.write("/arm/state", arm_state_message(tool, 0.0, stamp), stamp)
                if step == 12:
                    bag.write(f"{COLOR}/image_raw", image_message(image, "bgr8", stamp, FRAME), stamp)
                    if infos:
                        bag.write(f"{COLOR}/camera_info", info, stamp)
    return str(directory)


def calibrate(*words):
    return main(["calibrate", "camera", *words, "--config", "config"])


def cameras(path="config/cameras.yaml"):
    return load_yaml(CamerasConfig, Path(path))


@pytest.fixture(scope="module")
def rig():
    return Rig(60)


@pytest.fixture(scope="module")
def good_bag(rig, tmp_path_factory):
    return third_bag(tmp_path_factory.mktemp("bags") / "third", rig)


def test_the_third_camera_in_place_with_a_backup(place, rig, good_bag, capsys):
    before = (place / "config/cameras.yaml").read_text()
    assert calibrate("third", "--bag", good_bag) == 0
    said = capsys.readouterr().out
    assert "residual: " in said and "config/cameras.yaml written; what it was: config/cameras.yaml." in said
    third = cameras().third
    found = Pose(third.placement.position, third.placement.quaternion)
    translation, angle = found.distance(rig.camera)
    assert translation < 0.0015 and np.rad2deg(angle) < 0.15
    assert third.calibrated.views == 10
    (backup,) = (place / "config").glob("cameras.yaml.*")
    assert backup.read_text() == before
    (run,) = (place / "runs").iterdir()
    metrics = json.loads((run / "metrics.json").read_text())
    assert [view["left_out"] for view in metrics["views"]] == [False] * 10
    assert {"px", "mm", "deg", "corners", "stamp_ns"} <= set(metrics["views"][0])
    assert metrics["settings"]["bag"] == good_bag
    assert metrics["residual_px"] == pytest.approx(third.calibrated.residual_px, abs=1e-3)
    assert (run / "cameras.yaml").read_text() == (place / "config/cameras.yaml").read_text()
    assert cv2.imread(str(run / "calibration.png")).shape[1] > 1000


def test_the_wrist_camera_to_a_file_of_its_own(place, capsys):
    rig, detected = EyeRig(61), 0
    with EpisodeWriter(place / "wrist", {}) as bag:
        while detected < 16:
            seen = rig.board_seen()
            for step in range(2):
                stamp = (100 + detected) * SECOND + step * 3 * SECOND // 10
                picture = compressed_image_message(rig.picture(seen), stamp, "wrist_camera_optical_frame")
                bag.write("/wrist_camera/image_raw/compressed", picture, stamp)
            detected += 1
    before = (place / "config/cameras.yaml").read_text()
    assert calibrate("wrist", "--bag", "wrist", "--output", "new/cameras.yaml") == 0
    assert (place / "config/cameras.yaml").read_text() == before
    wrist = cameras("new/cameras.yaml").wrist
    np.testing.assert_allclose(wrist.k, rig.camera.k, atol=2.5)
    assert wrist.calibrated.residual_px < 0.4 and wrist.calibrated.residual_mm is None
    assert "focal length" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words", "message"),
    [
        ({"poses": False}, (), "has no /arm/state; it has /camera/camera/color/camera_info, "),
        ({"infos": False}, (), "has no /camera/camera/color/camera_info"),
        ({"count": 5}, (), r"5 views of the board; at least 8 are needed.*5 pictures, 5 views"),
        ({}, ("--squares", "4", "3"), "are not of a board of 4 x 3 squares"),
        ({}, ("--square", "0.030"), r"a square measures 3[45]\.\d+ mm, not 30.00"),
        ({}, ("--square", "30"), "squares of 30 m"),
        ({}, ("--views", "7"), "--views 7: at least 8"),
    ],
)
def test_what_cannot_be_used_changes_nothing(place, rig, good_bag, capsys, options, words, message):
    bag = third_bag(place / "bag", rig, **({"count": 2} | options)) if options else good_bag
    before = (place / "config/cameras.yaml").read_text()
    assert calibrate("third", "--bag", bag, *words) == 2
    captured = capsys.readouterr().err
    assert captured.startswith("vital calibrate: ") and captured.count("\n") == 1
    assert re.search(message, captured)
    assert (place / "config/cameras.yaml").read_text() == before
    assert len(list((place / "config").glob("cameras.yaml*"))) == 1


def test_a_topic_of_another_type(place, rig, capsys):
    with EpisodeWriter(place / "bag", {}) as bag:
        info = camera_info_message(640, 480, rig.lens.matrix, (), "plumb_bob", 0, FRAME)
        for topic in (f"{COLOR}/image_raw", f"{COLOR}/camera_info", "/arm/state"):
            bag.write(topic, info, 0)
    assert calibrate("third", "--bag", "bag") == 2
    wanted = "is of type sensor_msgs/msg/CameraInfo; it should be sensor_msgs/msg/Image"
    assert wanted in capsys.readouterr().err


def test_a_folder_that_is_no_bag(place, capsys):
    assert calibrate("third", "--bag", "config") == 2
    assert "is no episode" in capsys.readouterr().err


def test_the_board(place, capsys):
    assert main(["calibrate", "board", "--output", "board.pdf", "--squares", "6", "4"]) == 0
    assert "297 x 210 mm" in capsys.readouterr().out
    assert (place / "board.pdf").is_file()
