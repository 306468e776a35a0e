"""Views for a calibration from live topics: `./vital calibrate camera … --live`."""

from __future__ import annotations

import time
from collections.abc import Callable

import rclpy
from rclpy.qos import qos_profile_best_available
from sensor_msgs.msg import CameraInfo, Image
from vital_msgs.msg import ArmState

from vital_ros.calibration.collecting import Collector, HeldBoard
from vital_ros.calibration.lens import Lens
from vital_ros.calibration.recording import Topics
from vital_ros.config import ConfigError
from vital_ros.geometry import Pose
from vital_ros.nodes.conversions import nanoseconds, pose_from_msg
from vital_ros.nodes.discovery import await_publishers
from vital_ros.nodes.images import from_image_msg

FIRST = 10.0
"""s within which every topic must speak."""
HINT = 10.0
"""s after which, without a new view, it is told what becomes of the pictures."""


def collect_live(
    topics: Topics,
    collector: Collector,
    wanted: int,
    patience: float,
    poses: list[tuple[int, Pose]],
    tell: Callable[[str], None],
) -> None:
    """Hand what the topics bring to `collector` until it has `wanted` views, or none came for `patience` s.

    Args:
        poses: takes every pose that came.
        tell: is told what a person should know.

    Raises:
        ConfigError: a topic is silent, or brings what cannot be used.
    """
    heard = dict.fromkeys([topic for topic in (topics.pictures, topics.info, topics.poses) if topic], False)

    def on_image(message: Image) -> None:
        heard[topics.pictures] = True
        collector.add_image(nanoseconds(message.header.stamp), from_image_msg(message, "rgb8"))

    def on_info(message: CameraInfo) -> None:
        heard[topics.info] = True
        lens = (message.width, message.height, message.k, message.d, message.distortion_model)
        collector.add_lens(Lens.from_camera_info(*lens))

    def on_state(message: ArmState) -> None:
        heard[topics.poses] = True
        poses.append((nanoseconds(message.header.stamp), pose_from_msg(message.pose)))
        collector.add_pose(*poses[-1])

    rclpy.init()
    try:
        node = rclpy.create_node("calibration_views")
        if silent := await_publishers(node, heard, FIRST):
            raise ConfigError(f"nobody publishes {' and '.join(silent)}; {_remedy(topics, silent)}")
        node.create_subscription(Image, topics.pictures, on_image, qos_profile_best_available)
        if topics.info:
            node.create_subscription(CameraInfo, topics.info, on_info, qos_profile_best_available)
        if topics.poses and isinstance(collector, HeldBoard):
            node.create_subscription(ArmState, topics.poses, on_state, qos_profile_best_available)
        begin = news = hint = time.monotonic()
        have = 0
        while have < wanted and time.monotonic() - news < patience:
            try:
                rclpy.spin_once(node, timeout_sec=0.1)
            except ValueError as error:  # of a message: encoding, pose, size
                raise ConfigError(str(error)) from None
            now = time.monotonic()
            if now - begin > FIRST and (silent := [topic for topic, spoke in heard.items() if not spoke]):
                raise ConfigError(f"nothing on {' and '.join(silent)} within {FIRST:g} s; {_remedy(topics, silent)}")
            if len(collector.views) > have:
                have, news, hint = len(collector.views), now, now
                corners = len(collector.views[-1].corners.ids)
                tell(f"view {have} of {wanted}: {corners} corners" + ("; move on" if have < wanted else ""))
            elif now - hint > HINT:
                hint = now
                tell(f"so far: {collector.account()}")
    finally:
        rclpy.try_shutdown()


def _remedy(topics: Topics, silent: list[str]) -> str:
    if topics.poses in silent:
        return "arm_gate does: ./vital deploy task:=… episodes:=0 robot_ip:=…"
    return "does the camera's driver run?"
