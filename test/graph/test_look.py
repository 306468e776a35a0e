"""One look through a third camera that is played."""

import threading

import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, Image

from vital_ros.config import load_config
from vital_ros.localization.pointer import LocalizationError
from vital_ros.nodes.images import to_image_msg
from vital_ros.nodes.look import look

FRAME = "camera_color_optical_frame"


@pytest.fixture
def camera(client):
    """Colour, depth and calibration at 10 Hz."""
    third, end = load_config().cameras.third, threading.Event()
    names = ("color", "aligned_depth_to_color")
    images = [client.node.create_publisher(Image, f"{third.namespace}/{name}/image_raw", 5) for name in names]
    infos = client.node.create_publisher(CameraInfo, f"{third.namespace}/color/camera_info", 5)
    color, depth = np.full((48, 64, 3), 7, np.uint8), np.full((48, 64), 850, np.uint16)

    def run():
        while not end.wait(0.1):
            stamp = client.node.get_clock().now().to_msg()
            images[0].publish(to_image_msg(color, "rgb8", stamp, FRAME))
            images[1].publish(to_image_msg(depth, "16UC1", stamp, FRAME))
            infos.publish(CameraInfo(width=64, height=48, k=list(third.k)))

    thread = threading.Thread(target=run)
    thread.start()
    yield third
    end.set()
    thread.join()


def test_sees_what_the_camera_sees(camera):
    sight, depth = look(camera, 20.0)
    assert sight.image[0, 0].tolist() == [7, 7, 7]
    assert depth[0, 0] == pytest.approx(0.85)


def test_without_a_camera_it_says_so(ros_domain):
    with pytest.raises(LocalizationError, match="no colour image, aligned depth and calibration on /camera/camera"):
        look(load_config().cameras.third, 0.5)
