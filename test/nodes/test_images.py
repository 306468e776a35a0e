"""The image border, and its agreement with cv_bridge where that exists."""

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from sensor_msgs.msg import Image

from vital_ros.camera import decode_image
from vital_ros.nodes import images
from vital_ros.nodes.images import from_image_msg, to_image_msg

EXAMPLES = {
    "rgb8": np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3),
    "bgr8": np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)[:, ::-1],
    "mono8": np.arange(24, dtype=np.uint8).reshape(4, 6),
    "16UC1": np.arange(24, dtype=np.uint16).reshape(4, 6) * 300,
    "32FC1": np.linspace(-1, 1, 24, dtype=np.float32).reshape(4, 6),
}


@pytest.mark.parametrize("encoding", EXAMPLES)
def test_round_trip(encoding):
    message = to_image_msg(EXAMPLES[encoding], encoding, Time(sec=3, nanosec=4), "camera")
    assert (message.height, message.width, message.encoding) == (4, 6, encoding)
    assert message.step * 4 == len(message.data)
    assert (message.header.frame_id, message.header.stamp.sec) == ("camera", 3)
    np.testing.assert_array_equal(from_image_msg(message), EXAMPLES[encoding])


def test_colour_is_turned_when_asked():
    message = to_image_msg(EXAMPLES["rgb8"], "rgb8", Time(), "camera")
    np.testing.assert_array_equal(from_image_msg(message, "bgr8"), EXAMPLES["rgb8"][..., ::-1])


def test_broken_message_is_a_value_error():
    with pytest.raises(ValueError):
        from_image_msg(Image(height=4, width=6, encoding="rgb8", step=18, data=b"\0" * 10))


@pytest.mark.skipif(images.CvBridge is None, reason="cv_bridge is not installed")
@pytest.mark.parametrize("encoding", EXAMPLES)
def test_agrees_with_cv_bridge(encoding):
    bridge = images.CvBridge()
    image = EXAMPLES[encoding]
    message = to_image_msg(image, encoding, Time(), "camera")
    theirs = bridge.cv2_to_imgmsg(np.ascontiguousarray(image), encoding)
    assert (theirs.step, theirs.encoding, bytes(theirs.data)) == (message.step, message.encoding, bytes(message.data))
    padded = Image(height=4, width=6, encoding=encoding, step=message.step + 8)
    padded.data = b"".join(
        bytes(message.data[i * message.step : (i + 1) * message.step]) + b"\xff" * 8 for i in range(4)
    )
    for given in (message, padded):
        for desired in ("passthrough", *({"rgb8", "bgr8", "mono8"} if encoding in ("rgb8", "bgr8", "mono8") else ())):
            ours = decode_image(given.data, encoding, 4, 6, given.step, False, desired)
            np.testing.assert_array_equal(bridge.imgmsg_to_cv2(given, desired), ours)
