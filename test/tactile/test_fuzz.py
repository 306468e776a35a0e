"""Whatever bytes came from the port before: good frames are found again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.tactile import FrameParser, encode_frame, frame_size

from ..fuzzing import TIMEOUT, fuzzed

pytestmark = pytest.mark.timeout(TIMEOUT)
GOOD = encode_frame(np.full(15, 12.5, np.float32), np.full(5, 300.0, np.float32))
SIZE = frame_size(5)

noise = st.binary(max_size=400)
torn = st.builds(lambda cut, length: GOOD[cut : cut + length], st.integers(0, SIZE), st.integers(0, SIZE))
flipped = st.builds(
    lambda at, value: GOOD[:at] + bytes([value]) + GOOD[at + 1 :], st.integers(0, SIZE - 1), st.integers(0, 255)
)
ends = st.integers(1, 200).map(lambda n: b"\r\n" * n)
pieces = st.lists(st.one_of(noise, torn, flipped, ends, st.just(GOOD)), max_size=12)


@fuzzed(100)
@given(pieces)
def test_a_board_that_speaks_again_is_understood_again(stream: list[bytes]) -> None:
    parser = FrameParser(5)
    for piece in stream:
        parser.feed(piece)
    frames = [frame for _ in range(8) for frame in parser.feed(GOOD)]
    assert len(frames) >= 4
    np.testing.assert_array_equal(frames[-1].field, np.full(15, 12.5, np.float32))


def test_a_long_burst_of_noise_is_worked_off_at_once() -> None:
    """Bytes that might end a frame at every second place."""
    parser = FrameParser(5)
    assert parser.feed(b"\r\n" * 5_000) == []
    assert parser.discarded > 10_000 - 2 * SIZE
