"""sensor_msgs/Image's pixel layout (include/sensor_msgs/image_encodings.hpp), without ROS."""

from __future__ import annotations

from array import array
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

ENCODINGS: dict[str, tuple[str, int]] = {
    "rgb8": ("u1", 3),
    "bgr8": ("u1", 3),
    "mono8": ("u1", 1),
    "16UC1": ("u2", 1),
    "32FC1": ("f4", 1),
}
"""NumPy type and channels."""

_CONVERSIONS = {
    ("rgb8", "bgr8"): cv2.COLOR_RGB2BGR,
    ("bgr8", "rgb8"): cv2.COLOR_BGR2RGB,
    ("rgb8", "mono8"): cv2.COLOR_RGB2GRAY,
    ("bgr8", "mono8"): cv2.COLOR_BGR2GRAY,
    ("mono8", "rgb8"): cv2.COLOR_GRAY2RGB,
    ("mono8", "bgr8"): cv2.COLOR_GRAY2BGR,
}


def _layout(encoding: str) -> tuple[np.dtype[Any], int]:
    if encoding not in ENCODINGS:
        raise ValueError(f"image encoding '{encoding}' is not supported; supported: {', '.join(ENCODINGS)}")
    kind, channels = ENCODINGS[encoding]
    return np.dtype(kind), channels


def decode_image(
    data: bytes | array[int],
    encoding: str,
    height: int,
    width: int,
    step: int,
    big_endian: bool,
    desired: str = "passthrough",
) -> NDArray[Any]:
    """Pixels of an image message, as cv_bridge gives them.

    Args:
        step: bytes of a row, padding included.
        desired: encoding of the result; "passthrough" keeps the message's.

    Returns:
        (height, width, 3) or (height, width), native byte order; may be a read-only view of `data`.

    Raises:
        ValueError: unknown encoding or conversion, or sizes that contradict each other.
    """
    dtype, channels = _layout(encoding)
    row = width * channels * dtype.itemsize
    size = len(data)
    if step < row or size < step * height:
        raise ValueError(
            f"broken image: {width} x {height} {encoding} needs rows of {row} bytes, got step {step} and {size} bytes"
        )
    rows = np.frombuffer(data, np.uint8, step * height).reshape(height, step)[:, :row]
    image = np.ascontiguousarray(rows).view(dtype.newbyteorder(">" if big_endian else "<")).astype(dtype, copy=False)
    if channels > 1:
        image = image.reshape(height, width, channels)
    if desired in ("passthrough", encoding):
        return image
    code = _CONVERSIONS.get((encoding, desired))
    if code is None:
        raise ValueError(f"image encoding '{encoding}' cannot be converted to '{desired}'")
    return cv2.cvtColor(image, code)


def encode_image(image: NDArray[Any], encoding: str) -> tuple[bytes, int]:
    """Data and step of an image message in this machine's byte order.

    Raises:
        ValueError: unknown encoding, or an array of another type or shape than it asks for.
    """
    dtype, channels = _layout(encoding)
    wanted = (3, channels) if channels > 1 else (2, None)
    got = (image.ndim, image.shape[2] if image.ndim == 3 else None)
    if image.dtype != dtype or got != wanted:
        shape = "(height, width, 3)" if channels > 1 else "(height, width)"
        raise ValueError(f"'{encoding}' takes {dtype.name} of shape {shape}, got {image.dtype.name} {image.shape}")
    return np.ascontiguousarray(image).tobytes(), image.shape[1] * channels * dtype.itemsize
