"""Pixel layouts against what a message may hold: padding, byte order, every encoding."""

import array

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vital_ros.camera import decode_image, encode_image

COLOUR = np.arange(2 * 5 * 3, dtype=np.uint8).reshape(2, 5, 3)
LAYOUTS = [("rgb8", "u1", 3), ("bgr8", "u1", 3), ("mono8", "u1", 1), ("16UC1", "u2", 1), ("32FC1", "f4", 1)]


@settings(deadline=None)
@given(st.data(), st.sampled_from(LAYOUTS), st.booleans(), st.integers(0, 7))
def test_round_trip_with_any_padding_and_byte_order(data, layout, big_endian, padding):
    encoding, kind, channels = layout
    height, width = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    shape = (height, width, channels) if channels > 1 else (height, width)
    image = data.draw(arrays(kind, shape))
    _, step = encode_image(image, encoding)
    ordered = image.astype(np.dtype(kind).newbyteorder(">" if big_endian else "<"))
    rows = [ordered[i].tobytes() + b"\xff" * padding for i in range(height)]
    result = decode_image(b"".join(rows), encoding, height, width, step + padding, big_endian)
    assert result.dtype == image.dtype and result.dtype.isnative
    np.testing.assert_array_equal(result, image)


def test_array_of_a_message_decodes_without_a_copy():
    data, step = encode_image(COLOUR, "rgb8")
    buffer = array.array("B", data)
    result = decode_image(buffer, "rgb8", 2, 5, step, False)
    buffer[0] = 99
    assert result[0, 0, 0] == 99


def test_strided_array_is_encoded_in_row_order():
    data, step = encode_image(COLOUR[:, ::-1], "rgb8")
    assert step == 15 and data[:3] == bytes([12, 13, 14])


def test_colour_conversions():
    data, step = encode_image(COLOUR, "rgb8")

    def decode(desired):
        return decode_image(data, "rgb8", 2, 5, step, False, desired)

    np.testing.assert_array_equal(decode("rgb8"), COLOUR)
    np.testing.assert_array_equal(decode("bgr8"), COLOUR[..., ::-1])
    np.testing.assert_array_equal(decode("mono8"), cv2.cvtColor(COLOUR, cv2.COLOR_RGB2GRAY))
    grey = decode_image(data[:10], "mono8", 2, 5, 5, False, "rgb8")
    assert grey.shape == (2, 5, 3) and (grey[..., 0] == grey[..., 2]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((b"\0" * 30, "yuv422", 2, 5, 15, False), "encoding 'yuv422' is not supported; supported: rgb8"),
        ((b"\0" * 30, "rgb8", 2, 5, 14, False), "5 x 2 rgb8 needs rows of 15 bytes, got step 14 and 30 bytes"),
        ((b"\0" * 29, "rgb8", 2, 5, 15, False), "got step 15 and 29 bytes"),
        ((b"\0" * 20, "16UC1", 2, 5, 10, False, "rgb8"), "'16UC1' cannot be converted to 'rgb8'"),
    ],
)
def test_broken_messages_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        decode_image(*arguments)


@pytest.mark.parametrize(("image", "encoding"), [(COLOUR, "mono8"), (COLOUR[..., 0], "rgb8"), (COLOUR * 1.0, "rgb8")])
def test_arrays_that_do_not_fit_are_refused(image, encoding):
    with pytest.raises(ValueError, match=f"'{encoding}' takes"):
        encode_image(image, encoding)
