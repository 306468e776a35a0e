"""Between NumPy, `Pose` and the messages of an episode: both directions in one place.

Times are integer nanoseconds; poses link_tcp in link_base (m, unit quaternion); fields in microtesla.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vital_ros.bags.types import message
from vital_ros.geometry import Pose

JPEG_QUALITY = 93
_WHOLE_COLOURS = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
_CHANNELS = {"rgb8": 3, "bgr8": 3, "mono8": 1}


def time_message(stamp_ns: int) -> Any:
    return message("builtin_interfaces/msg/Time", sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)


def header(stamp_ns: int, frame_id: str) -> Any:
    return message("std_msgs/msg/Header", stamp=time_message(stamp_ns), frame_id=frame_id)


def stamp_ns(msg: Any) -> int:
    """The header's stamp in ns."""
    return stamp_ns_of(msg.header.stamp)


def stamp_ns_of(time: Any) -> int:
    """builtin_interfaces/Time in ns."""
    return int(time.sec) * 10**9 + int(time.nanosec)


def image_message(image: NDArray[np.uint8], encoding: str, stamp_ns: int, frame_id: str) -> Any:
    """sensor_msgs/Image from (H, W, 3) for rgb8 and bgr8, (H, W) for mono8.

    Raises:
        ValueError: encoding and shape do not go together.
    """
    channels = _CHANNELS.get(encoding)
    if channels is None or image.dtype != np.uint8 or image.shape[2:] != ((3,) if channels == 3 else ()):
        raise ValueError(f"an image of {image.dtype} {image.shape} is no {encoding}")
    height, width = image.shape[:2]
    data = np.ascontiguousarray(image).reshape(-1)
    return message(
        "sensor_msgs/msg/Image",
        header=header(stamp_ns, frame_id),
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=0,
        step=width * channels,
        data=data,
    )


def compressed_image_message(image: NDArray[np.uint8], stamp_ns: int, frame_id: str) -> Any:
    """sensor_msgs/CompressedImage: (H, W, 3) RGB as JPEG with whole colours, (H, W) as PNG."""
    if image.ndim == 3:
        options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, _WHOLE_COLOURS]
        data = cv2.imencode(".jpg", image[..., ::-1], options)[1]
        layout = "rgb8; jpeg compressed bgr8"  # as image_transport writes it
    else:
        data, layout = cv2.imencode(".png", image)[1], "mono8; png compressed mono8"
    return message(
        "sensor_msgs/msg/CompressedImage", header=header(stamp_ns, frame_id), format=layout, data=data.reshape(-1)
    )


def image_array(msg: Any) -> NDArray[np.uint8]:
    """(H, W, 3) RGB from rgb8, bgr8 or a compressed image, (H, W) from mono8; padded rows (step) are honoured.

    Raises:
        ValueError: other encodings, or fewer bytes than the size says.
    """
    if msg.__msgtype__ == "sensor_msgs/msg/CompressedImage":
        return _decompressed(msg)
    channels = _CHANNELS.get(msg.encoding)
    if channels is None:
        raise ValueError(f"image encoding {msg.encoding!r} is not one of {', '.join(_CHANNELS)}")
    if msg.data.size < msg.height * msg.step or msg.step < msg.width * channels:
        raise ValueError(f"an image of {msg.width} x {msg.height} {msg.encoding} has only {msg.data.size} bytes")
    rows = msg.data[: msg.height * msg.step].reshape(msg.height, msg.step)[:, : msg.width * channels]
    if channels == 1:
        return rows
    image = rows.reshape(msg.height, msg.width, channels)
    return image[..., ::-1] if msg.encoding == "bgr8" else image


def _decompressed(msg: Any) -> NDArray[np.uint8]:
    mono = msg.format.startswith("mono8")
    image = cv2.imdecode(msg.data, cv2.IMREAD_GRAYSCALE if mono else cv2.IMREAD_COLOR) if msg.data.size else None
    if image is None:
        raise ValueError(f"a compressed image ({msg.format}) cannot be decoded")
    return np.asarray(image if mono else image[..., ::-1], dtype=np.uint8)


def camera_info_message(
    width: int, height: int, k: ArrayLike, d: ArrayLike, model: str, stamp_ns: int, frame_id: str
) -> Any:
    """sensor_msgs/CameraInfo of an unrectified camera; k row-major (9,), model such as 'equidistant'."""
    matrix = np.asarray(k, dtype=np.float64).reshape(3, 3)
    roi = message("sensor_msgs/msg/RegionOfInterest", x_offset=0, y_offset=0, height=0, width=0, do_rectify=False)
    return message(
        "sensor_msgs/msg/CameraInfo",
        header=header(stamp_ns, frame_id),
        height=height,
        width=width,
        distortion_model=model,
        d=np.asarray(d, dtype=np.float64),
        k=matrix.ravel(),
        r=np.eye(3).ravel(),
        p=np.hstack([matrix, np.zeros((3, 1))]).ravel(),
        binning_x=0,
        binning_y=0,
        roi=roi,
    )


def pose_message(pose: Pose) -> Any:
    x, y, z = (float(v) for v in pose.position)
    qx, qy, qz, qw = (float(v) for v in pose.quaternion)
    return message(
        "geometry_msgs/msg/Pose",
        position=message("geometry_msgs/msg/Point", x=x, y=y, z=z),
        orientation=message("geometry_msgs/msg/Quaternion", x=qx, y=qy, z=qz, w=qw),
    )


def pose_of(msg: Any) -> Pose:
    """`Pose` of a geometry_msgs/Pose."""
    p, q = msg.position, msg.orientation
    return Pose((p.x, p.y, p.z), (q.x, q.y, q.z, q.w))


def tactile_message(field: ArrayLike, stamp_ns: int) -> Any:
    """vital_msgs/Tactile from (pads, 15) microtesla; the temperatures are zero."""
    values = np.asarray(field, dtype=np.float32).reshape(-1, 5, 3)
    return message(
        "vital_msgs/msg/Tactile",
        header=header(stamp_ns, "anyskin"),
        sensors=len(values),
        magnetometers=values.shape[1],
        field=values.reshape(-1),
        temperature=np.zeros(values.shape[0] * values.shape[1], np.float32),
    )


def tactile_array(messages: Sequence[Any]) -> NDArray[np.float32]:
    """(n, pads, 15) microtesla."""
    return np.stack([m.field.reshape(m.sensors, m.magnetometers * 3) for m in messages]).astype(np.float32)


def arm_state_message(pose: Pose, gripper_opening: float, stamp_ns: int) -> Any:
    """vital_msgs/ArmState; opening 0 closed .. 1 open."""
    return message(
        "vital_msgs/msg/ArmState",
        header=header(stamp_ns, "link_base"),
        pose=pose_message(pose),
        gripper_opening=float(gripper_opening),
    )


def label_message(episode_id: str, success: bool, reason: str, stamp_ns: int, source: int = 0) -> Any:
    """vital_msgs/EpisodeLabel; source 0 is the simulated judge, 1 an operator."""
    return message(
        "vital_msgs/msg/EpisodeLabel",
        header=header(stamp_ns, ""),
        episode_id=episode_id,
        source=source,
        success=success,
        reason=reason,
    )
