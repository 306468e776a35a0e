"""The one place where pixels become image messages, and back."""

from __future__ import annotations

import sys
from array import array
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from numpy.typing import NDArray
from sensor_msgs.msg import Image

from vital_ros.camera import decode_image, encode_image

try:
    from cv_bridge import CvBridge
except ImportError:  # machines without a ROS distribution
    CvBridge = None


def to_image_msg(image: NDArray[Any], encoding: str, stamp: Time, frame_id: str) -> Image:
    """An image message; raises ValueError when array and encoding do not fit.

    Args:
        image: (height, width, 3) uint8 for rgb8 and bgr8; (height, width) for mono8, 16UC1, 32FC1.
    """
    data, step = encode_image(image, encoding)
    message = Image(height=image.shape[0], width=image.shape[1], encoding=encoding, step=step)
    message.header.stamp = stamp
    message.header.frame_id = frame_id
    message.is_bigendian = sys.byteorder == "big"
    message.data = array("B", data)
    return message


def from_image_msg(message: Image, desired: str = "passthrough") -> NDArray[Any]:
    """Pixels of an image message in encoding `desired`; raises ValueError for what cannot be had.

    cv_bridge does it where it is installed; NumPy does the same elsewhere.
    """
    if CvBridge is not None:
        try:
            return CvBridge().imgmsg_to_cv2(message, desired)
        except Exception as error:  # CvBridgeError, cv2.error, TypeError: whatever the message's fault is
            raise ValueError(f"image on frame '{message.header.frame_id}': {error}") from None
    return decode_image(
        message.data, message.encoding, message.height, message.width, message.step, message.is_bigendian, desired
    )


def depth_in_metres(message: Image) -> NDArray[np.floating]:
    """Depth (H, W) in m, from 16UC1 millimetres (OpenNI, realsense2_camera) or 32FC1 metres (REP 118).

    Raises:
        ValueError: any other encoding, or a torn image.
    """
    if message.encoding == "16UC1":
        return from_image_msg(message) * 1e-3
    if message.encoding == "32FC1":
        return from_image_msg(message)
    raise ValueError(f"depth images come as {message.encoding}; it should be 16UC1 (mm) or 32FC1 (m)")
