"""Cameras that need no hardware: the simulated socket and video files."""

import queue
import socket
import threading
import time

import cv2
import numpy as np
import pytest

from vital_ros.camera import open_camera
from vital_ros.camera.frame_socket import HEADER, FrameServer
from vital_ros.device_reader import DeviceError, DeviceReader


def picture(value: int) -> np.ndarray:
    image = np.zeros((16, 20, 3), dtype=np.uint8)
    image[:] = (value, 2 * value, 3 * value)
    return image


def wait_for_client(server):
    for _ in range(3000):
        if server.clients:
            return
        time.sleep(0.01)
    pytest.fail("nobody connected")


@pytest.fixture
def server(tmp_path):
    server = FrameServer(tmp_path / "camera.sock")
    yield server
    server.close()


def read(camera):
    for _ in range(100):
        if (frame := camera.read()) is not None:
            return frame
    pytest.fail("no frame")


def test_newest_frame_wins_and_carries_its_stamp(server, tmp_path):
    camera = open_camera(f"sim:{tmp_path / 'camera.sock'}", 20, 16, 30.0)
    wait_for_client(server)
    server.send(picture(1), 10.25)
    server.send(picture(2), 1763856000.123456)
    frame = read(camera)
    np.testing.assert_array_equal(frame.image, picture(2))
    assert frame.stamp == 1763856000.123456
    camera.close()


def test_a_frame_in_pieces_arrives_whole(tmp_path):
    path = tmp_path / "pieces.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        camera = open_camera(f"sim:{path}", 20, 16, 30.0)
        peer, _ = listener.accept()
        data = HEADER.pack(b"RGB8", 16, 20, 5.0) + picture(3).tobytes()
        peer.sendall(data[:5])
        assert camera.read() is None
        peer.sendall(data[5:700])
        assert camera.read() is None
        peer.sendall(data[700:])
        np.testing.assert_array_equal(read(camera).image, picture(3))
        peer.sendall(b"x" * HEADER.size)
        with pytest.raises(DeviceError, match="does not speak"):
            camera.read()
        peer.close()
        camera.close()


def test_wrong_size_names_both(server, tmp_path):
    camera = open_camera(f"sim:{tmp_path / 'camera.sock'}", 160, 128, 30.0)
    wait_for_client(server)
    server.send(picture(1), 5.0)
    with pytest.raises(DeviceError, match=r"gives 20 x 16, cameras.yaml says 160 x 128; set wrist.width"):
        read(camera)
    camera.close()


def test_server_that_ends_is_a_lost_camera_and_comes_back(tmp_path):
    path = tmp_path / "camera.sock"
    frames, reports = queue.Queue(), queue.Queue()
    reader = DeviceReader(lambda: open_camera(f"sim:{path}", 20, 16, 30.0), frames.put, reports.put, pause=0.01)

    def serve_one(value):
        server = FrameServer(path)

        def send():
            wait_for_client(server)
            server.send(picture(value), 5.0)

        sender = threading.Thread(target=send)
        sender.start()
        return server, sender

    server, sender = serve_one(1)
    reader.start(timeout=30.0)
    assert frames.get(timeout=30).image[0, 0, 0] == 1
    sender.join()
    server.close()
    assert "the cell closed it" in reports.get(timeout=30)
    server, sender = serve_one(2)
    assert reports.get(timeout=30) == "open again"
    assert frames.get(timeout=30).image[0, 0, 0] == 2
    reader.close()
    sender.join()
    server.close()
    assert not path.exists()


def test_server_forgets_a_client_that_left(server, tmp_path):
    camera = open_camera(f"sim:{tmp_path / 'camera.sock'}", 20, 16, 30.0)
    wait_for_client(server)
    camera.close()
    for _ in range(3):
        server.send(picture(1), 5.0)
    assert server.clients == 0


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "video.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 100.0, (32, 16))
    for value in (40, 80, 120):
        writer.write(np.full((16, 32, 3), (value, 0, 0), dtype=np.uint8))  # blue, as OpenCV orders it
    writer.release()
    return path


def test_video_file_plays_in_a_loop_as_rgb(video):
    camera = open_camera(str(video), 32, 16, 30.0)
    blues = [int(read(camera).image[8, 16, 2]) for _ in range(5)]
    np.testing.assert_allclose(blues, [40, 80, 120, 40, 80], atol=8)
    assert read(camera).image[8, 16, 0] < 20
    camera.close()


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("/dev/video987", "camera '/dev/video987' does not exist; check the cable and wrist.device"),
        ("987", "camera '/dev/video987' does not exist"),
        ("/dev/null", "camera '/dev/null' cannot be opened"),
        ("sim:/nowhere/camera.sock", "is not there .*; is sim_cell running"),
        ("/nowhere/video.avi", "video file '/nowhere/video.avi' does not exist"),
    ],
)
def test_missing_devices_are_named(device, message):
    with pytest.raises(DeviceError, match=message):
        open_camera(device, 20, 16, 30.0)


def test_file_that_is_no_video_is_refused(tmp_path):
    path = tmp_path / "text.avi"
    path.write_text("no video")
    with pytest.raises(DeviceError, match="is no video"):
        open_camera(str(path), 20, 16, 30.0)
