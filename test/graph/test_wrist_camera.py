"""Node wrist_camera on the simulated camera's socket and on a video file."""

import threading
import time

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import String

from vital_ros.camera.frame_socket import FrameServer
from vital_ros.nodes.images import from_image_msg

MODULE = "vital_ros.nodes.wrist_camera"
SIZE = (160, 128)


class Stream:
    """A simulated camera at about 50 Hz whose grey level counts up."""

    def __init__(self, path, size=SIZE):
        self._server, self._size = FrameServer(path), size
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        level = 0
        while not self._stop.wait(0.02):
            level = 100 + (level + 1) % 100
            self._server.send(np.full((self._size[1], self._size[0], 3), level, np.uint8), time.time() - 0.04)

    def close(self):
        self._stop.set()
        self._thread.join()
        self._server.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "wrist_camera.sock"


def start(spawn, device):
    return spawn(MODULE, "--ros-args", "-p", f"device:={device}")


def test_frames_stamps_and_calibration(spawn, client, path):
    stream = Stream(path)
    process = start(spawn, f"sim:{path}")
    images = client.subscribe(Image, "/wrist_camera/image_raw")
    infos = client.subscribe(CameraInfo, "/wrist_camera/camera_info")
    client.bring_up("wrist_camera")
    now = client.node.get_clock().now().nanoseconds * 1e-9
    first, second = images.wait(2)
    info = infos.wait(1)[0]
    assert (first.width, first.height, first.encoding, first.step) == (160, 128, "rgb8", 480)
    levels = [int(from_image_msg(m)[0, 0, 0]) for m in (first, second)]
    assert levels[1] != levels[0]
    stamps = [m.header.stamp.sec + m.header.stamp.nanosec * 1e-9 for m in (first, second)]
    assert stamps[0] < stamps[1] and abs(stamps[0] - now) < 30
    assert info.header.frame_id == first.header.frame_id
    assert info.distortion_model == "equidistant" and len(info.d) == 4 and (info.width, info.height) == SIZE
    assert process.interrupt() == 0
    stream.close()


def test_losing_the_camera_is_reported_and_survived(spawn, client, latched, path):
    stream = Stream(path)
    process = start(spawn, f"sim:{path}")
    client.bring_up("wrist_camera")
    images = client.subscribe(Image, "/wrist_camera/image_raw")
    images.wait(1)
    stream.close()
    process.wait_for_log("lost")
    fault = client.wait_for_message(String, "/wrist_camera/fault", match=lambda m: m.data != "", qos=latched)
    assert "wrist camera gives nothing for" in fault.data
    images.clear()
    stream = Stream(path)
    images.wait(3)
    client.wait_for_message(String, "/wrist_camera/fault", match=lambda m: m.data == "", qos=latched)
    stream.close()


def test_wrong_frame_size_is_one_line_and_no_configure(spawn, client, path):
    stream = Stream(path, size=(64, 48))
    process = start(spawn, f"sim:{path}")
    assert not client.change_state("wrist_camera", "configure")
    process.wait_for_log(r"gives 64 x 48, cameras.yaml says 160 x 128; set wrist.width")
    stream.close()
    assert not client.change_state("wrist_camera", "configure")
    process.wait_for_log(r"is not there \(.*\); is sim_cell running\?")
    assert "Traceback" not in process.output


def test_video_file(spawn, client, tmp_path):
    video = tmp_path / "video.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 50.0, SIZE)
    for red in (198, 199, 200, 201, 202):
        writer.write(np.full((SIZE[1], SIZE[0], 3), (0, 0, red), dtype=np.uint8))
    writer.release()
    start(spawn, video)
    client.bring_up("wrist_camera")
    image = from_image_msg(client.wait_for_message(Image, "/wrist_camera/image_raw"))
    np.testing.assert_allclose(image[64, 80], (200, 0, 0), atol=8)


def test_missing_device(spawn, client):
    process = start(spawn, "/dev/video987")
    assert not client.change_state("wrist_camera", "configure")
    process.wait_for_log("camera '/dev/video987' does not exist; check the cable and wrist.device")
