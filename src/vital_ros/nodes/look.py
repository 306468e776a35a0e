"""One look through the third camera, for the command line: `./vital register --live`."""

from __future__ import annotations

import time

import numpy as np
import rclpy
from numpy.typing import NDArray
from rclpy.qos import qos_profile_best_available
from sensor_msgs.msg import CameraInfo, Image

from vital_ros.config import ThirdCamera
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.pairing import PairMatcher
from vital_ros.localization.pointer import LocalizationError, Sight
from vital_ros.nodes.conversions import seconds
from vital_ros.nodes.discovery import await_publishers
from vital_ros.nodes.images import depth_in_metres, from_image_msg


def look(camera: ThirdCamera, timeout: float) -> tuple[Sight, NDArray[np.floating]]:
    """What the camera sees now, and its aligned depth (H, W) in m; raise LocalizationError after `timeout` s."""
    matcher, found = PairMatcher[Image](camera.pair_tolerance), {}

    def on_image(stream: int, message: Image) -> None:
        if pair := matcher.add(stream, seconds(message.header.stamp), message):
            found["pair"] = pair

    rclpy.init()
    try:
        node = rclpy.create_node("look")
        space, qos = node.resolve_topic_name(camera.namespace), qos_profile_best_available
        color, depth, info = (
            f"{space}/{name}" for name in ("color/image_raw", "aligned_depth_to_color/image_raw", "color/camera_info")
        )
        end = time.monotonic() + timeout
        await_publishers(node, (color, depth, info), timeout)
        node.create_subscription(Image, color, lambda m: on_image(0, m), qos)
        node.create_subscription(Image, depth, lambda m: on_image(1, m), qos)
        node.create_subscription(CameraInfo, info, lambda m: found.update(info=m), qos)
        while len(found) < 2 and (left := end - time.monotonic()) > 0:
            rclpy.spin_once(node, timeout_sec=left)
    finally:
        rclpy.try_shutdown()
    if len(found) < 2:
        raise LocalizationError(
            f"no colour image, aligned depth and calibration on {space} within {timeout:g} s; does the camera run?"
        )
    seen, aligned = found["pair"]
    pose = Pose(camera.placement.position, camera.placement.quaternion)
    sight = Sight(from_image_msg(seen, "rgb8"), PinholeCamera.from_k(found["info"].k), pose)
    return sight, depth_in_metres(aligned)
