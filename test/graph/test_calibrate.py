"""`./vital calibrate camera third --live` beside a driver and a gate that are played."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, Image
from vital_msgs.msg import ArmState

from vital_ros.config import CamerasConfig, share_directory
from vital_ros.config.base import load_yaml
from vital_ros.geometry import Pose
from vital_ros.nodes.conversions import header, pose_to_msg
from vital_ros.nodes.images import to_image_msg

from ..calibration.rig import Rig

COLOR = "/camera/camera/color"
FRAME = "camera_color_optical_frame"
VIEWS = 9


class Cell:
    """The arm's pose at 50 Hz and the camera at 5 Hz; `hold` moves the arm at once."""

    def __init__(self, client, rig, states=True):
        self._node, self._rig = client.node, rig
        self._images = self._node.create_publisher(Image, f"{COLOR}/image_raw", 5)
        self._infos = self._node.create_publisher(CameraInfo, f"{COLOR}/camera_info", 5)
        self._states = self._node.create_publisher(ArmState, "/arm/state", 5) if states else None
        lens = rig.lens
        self._info = CameraInfo(width=lens.width, height=lens.height, distortion_model=lens.model, d=list(lens.d))
        self._info.k = lens.matrix.ravel().tolist()
        self.hold(rig.tool())
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def hold(self, tool):
        self._now = tool, self._rig.picture(tool)

    def close(self):
        self._end.set()
        self._thread.join()

    def _run(self):
        count = 0
        while not self._end.wait(0.02):
            (tool, image), stamp = self._now, self._node.get_clock().now().to_msg()
            if self._states:
                self._states.publish(ArmState(header=header(stamp, "link_base"), pose=pose_to_msg(tool)))
            if count % 10 == 0:
                self._images.publish(to_image_msg(image, "rgb8", stamp, FRAME))
                self._infos.publish(self._info)
            count += 1


@pytest.fixture
def place(tmp_path, monkeypatch):
    shutil.copytree(share_directory("config"), tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def start(spawn, *words):
    return spawn("vital_ros.cli.main", "calibrate", "camera", "third", "--config", "config", *words)


def test_views_come_as_the_arm_stops_and_are_kept(spawn, client, place):
    rig = Rig(70)
    cell = Cell(client, rig)
    try:
        process = start(spawn, "--live", "--views", VIEWS)
        for number in range(1, VIEWS + 1):
            process.wait_for_log(rf"view {number} of {VIEWS}: \d+ corners")
            cell.hold(rig.tool())
        assert process.wait() == 0
    finally:
        cell.close()
    third = load_yaml(CamerasConfig, place / "config" / "cameras.yaml").third
    found = Pose(third.placement.position, third.placement.quaternion)
    translation, angle = found.distance(rig.camera)
    assert translation < 0.0015 and np.rad2deg(angle) < 0.15
    (views,) = Path("runs").glob("*/views")
    again = start(spawn, "--bag", views, "--output", "again.yaml")
    assert again.wait() == 0
    repeated = load_yaml(CamerasConfig, place / "again.yaml").third.placement
    np.testing.assert_allclose(repeated.position, third.placement.position, atol=1e-5)


def test_a_silent_topic_is_named_with_its_remedy(spawn, client, place):
    cell = Cell(client, Rig(71), states=False)
    try:
        process = start(spawn, "--live")
        assert process.wait() == 2
    finally:
        cell.close()
    assert "nobody publishes /arm/state; arm_gate does: ./vital deploy" in process.output
    assert not Path("runs").exists()
