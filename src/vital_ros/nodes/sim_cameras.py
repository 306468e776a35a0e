"""The simulated cameras' outside: the wrist camera's socket, and realsense2_camera's topics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import rclpy
from geometry_msgs.msg import TransformStamped
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import CameraInfo, Image
from tf2_msgs.msg import TFMessage

from vital_ros.camera.frame_socket import FrameServer
from vital_ros.config import ThirdCamera
from vital_ros.geometry import Pose
from vital_ros.nodes.conversions import pose_to_msg, stamp_from_seconds
from vital_ros.nodes.images import to_image_msg
from vital_ros.nodes.lifecycle import LATCHED
from vital_ros.sim.devices import Moment

OPTICAL_FRAME, WRIST_FRAME = "camera_color_optical_frame", "wrist_camera_optical_frame"
MASK_TOPIC = "/sim/wrist_mask"
"""Ground truth, for training and for scores."""


class SimCameras:
    """A `sim.devices.Viewer`: pictures are drawn only for those who look.

    The node that publishes them is a DDS participant of its own, as realsense2_camera is. With the arm's in one, a
    picture of 900 kB fills the buffers that both send from, an answer to the gate is lost now and then, and Fast DDS
    repeats it up to 3 s later: to the gate, the driver is silent.

    Args:
        namespace: the robot's.
        time: of a moment in the graph, s.
    """

    def __init__(self, namespace: str, socket: Path, third: ThirdCamera, time: Callable[[Moment], float]):
        self._time = time
        self._server = FrameServer(socket)
        self._info = _info(third)
        self._context = rclpy.Context()
        # with the process's arguments, for its enclave
        rclpy.init(context=self._context, signal_handler_options=SignalHandlerOptions.NO)
        self._node = node = Node(
            "camera",
            context=self._context,
            namespace=namespace,
            cli_args=[],
            use_global_arguments=False,
            enable_rosout=False,
            start_parameter_services=False,
        )
        names = ("color", "aligned_depth_to_color")
        self._images = [node.create_publisher(Image, f"{third.namespace}/{name}/image_raw", 5) for name in names]
        self._infos = [node.create_publisher(CameraInfo, f"{third.namespace}/{name}/camera_info", 5) for name in names]
        self._mask = node.create_publisher(Image, MASK_TOPIC.lstrip("/"), 5)
        self._tf = node.create_publisher(TFMessage, "tf_static", LATCHED)
        self._tf.publish(TFMessage(transforms=[_placement(third)]))

    def wants_wrist(self) -> bool:
        return self._server.clients > 0

    def wants_mask(self) -> bool:
        return self._mask.get_subscription_count() > 0

    def third_viewers(self) -> int:
        return sum(p.get_subscription_count() for p in (*self._images, *self._infos))

    def show_wrist(self, image: NDArray[np.uint8], taken: Moment) -> None:
        self._server.send(image, self._time(taken))

    def show_mask(self, mask: NDArray[np.uint8], taken: Moment) -> None:
        self._mask.publish(to_image_msg(mask, "mono8", stamp_from_seconds(self._time(taken)), WRIST_FRAME))

    def show_third(self, image: NDArray[np.uint8], depth: NDArray[np.float32], taken: Moment) -> None:
        stamp = stamp_from_seconds(self._time(taken))
        color, aligned = self._images
        if color.get_subscription_count():
            color.publish(to_image_msg(image, "rgb8", stamp, OPTICAL_FRAME))
        if aligned.get_subscription_count():
            millimetres = np.clip(depth * 1000 + 0.5, 0, 65535).astype(np.uint16)
            aligned.publish(to_image_msg(millimetres, "16UC1", stamp, OPTICAL_FRAME))
        self._info.header.stamp = stamp
        for publisher in self._infos:
            publisher.publish(self._info)

    def close(self) -> None:
        self._server.close()
        self._node.destroy_node()
        self._context.try_shutdown()


def _info(camera: ThirdCamera) -> CameraInfo:
    k = camera.k
    info = CameraInfo(width=camera.width, height=camera.height, distortion_model="plumb_bob", d=[0.0] * 5)
    info.header.frame_id = OPTICAL_FRAME
    info.k = list(k)
    info.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    info.p = [*k[0:3], 0.0, *k[3:6], 0.0, *k[6:9], 0.0]
    return info


def _placement(camera: ThirdCamera) -> TransformStamped:
    transform = TransformStamped(child_frame_id=OPTICAL_FRAME)
    transform.header.frame_id = camera.placement.parent
    pose = pose_to_msg(Pose(camera.placement.position, camera.placement.quaternion))
    moved, position = transform.transform, pose.position
    moved.translation.x, moved.translation.y, moved.translation.z = position.x, position.y, position.z
    moved.rotation = pose.orientation
    return transform
