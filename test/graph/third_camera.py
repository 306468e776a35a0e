"""The localizer's camera, played by a node of the test: colour, aligned depth and their calibration."""

import cv2
import numpy as np
from sensor_msgs.msg import CameraInfo, Image

from vital_ros.config import load_config
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.registry import load_objects
from vital_ros.localization.top_view import FINE, TopView

COLOR, DEPTH = "/camera/camera/color/image_raw", "/camera/camera/aligned_depth_to_color/image_raw"
ALL = {"color", "depth", "info"}


class Camera:
    """Shows the registered key lock somewhere on a table at constant depth; 10 Hz.

    Attributes:
        silent: which of ALL are not published.
    """

    def __init__(self, node):
        self.node = node
        self.encoding = "16UC1"
        self.delay = 0.0
        self.info_width = 640
        self.silent = set()
        self.spoil = lambda color, depth, info: None
        config = load_config()
        self.third = config.cameras.third
        (lock,) = (known for known in load_objects(config.directory / "objects") if known.card.label == "key lock")
        pose = Pose(self.third.placement.position, self.third.placement.quaternion)
        camera = PinholeCamera.from_k(self.third.k)
        table = TopView(camera, pose, lock.card.height, (0.30, -0.25), (0.55, 0.10), FINE)
        (width, height), (rows, columns) = table.size, lock.mask.shape
        seen_from_above = np.full((height, width, 3), (10, 120, 40), np.uint8)
        patch = seen_from_above[60 : 60 + rows, 90 : 90 + columns]
        patch[lock.mask] = lock.crop[lock.mask]
        corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
        to_image = cv2.getPerspectiveTransform(corners, np.array([table.to_image(c) for c in corners], np.float32))
        self.image = np.full((480, 640, 3), (10, 120, 40), np.uint8)
        cv2.warpPerspective(seen_from_above, to_image, (640, 480), self.image, borderMode=cv2.BORDER_TRANSPARENT)
        self.pixel = np.array(table.to_image(np.add((90, 60), lock.card.point)))
        self.depth = 1.0
        self._color = node.create_publisher(Image, COLOR, 5)
        self._depth = node.create_publisher(Image, DEPTH, 5)
        self._info = node.create_publisher(CameraInfo, "/camera/camera/color/camera_info", 5)
        node.create_timer(0.1, self.publish)

    def publish(self):
        stamp = self.node.get_clock().now().nanoseconds
        depth = np.full((480, 640), self.depth)
        depth = depth.astype(np.float32) if self.encoding == "32FC1" else (depth * 1e3).astype(np.uint16)
        messages = {
            "color": self.message(self.image, "rgb8", stamp),
            "depth": self.message(depth, self.encoding, stamp + round(self.delay * 1e9)),
            "info": CameraInfo(width=self.info_width, height=480, k=list(self.third.k)),
        }
        self.spoil(*messages.values())
        for name, publisher in (("color", self._color), ("depth", self._depth), ("info", self._info)):
            if name not in self.silent:
                publisher.publish(messages[name])

    @staticmethod
    def message(array, encoding, stamp_ns):
        message = Image(height=480, width=640, encoding=encoding, step=array.nbytes // 480, data=array.tobytes())
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, 10**9)
        message.header.frame_id = "camera_color_optical_frame"
        return message

    def truth(self):
        pose = Pose(self.third.placement.position, self.third.placement.quaternion)
        return pose.apply(PinholeCamera.from_k(self.third.k).deproject(*self.pixel, self.depth))
