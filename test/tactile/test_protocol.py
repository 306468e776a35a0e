"""The AnySkin stream: whatever happens to the bytes, frames come out right or not at all."""

import itertools
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_ros.tactile import FrameParser, encode_frame, frame_size

MAGNETOMETERS = 5
SIZE = frame_size(MAGNETOMETERS)


def plain(value: float) -> float:
    return float(np.float32(value))


def with_terminator_inside(low: int, middle: bool) -> float:
    """A plausible float whose bytes hold CR LF: low bytes, or the middle ones."""
    raw = struct.pack("<BBBB", low, 0x0D, 0x0A, 0x43) if middle else struct.pack("<BBBB", 0x0D, 0x0A, low, 0x44)
    return struct.unpack("<f", raw)[0]


values = st.one_of(
    st.floats(-5000, 5000, width=32).filter(lambda v: v == 0 or abs(v) > 0.01).map(plain),
    st.builds(with_terminator_inside, st.integers(0, 255), st.booleans()),
)
frames = st.lists(values, min_size=4 * MAGNETOMETERS, max_size=4 * MAGNETOMETERS).map(
    lambda v: np.array(v, dtype=np.float32).reshape(-1, 4).tobytes() + b"\r\n"
)


def as_bytes(reading) -> bytes:
    return encode_frame(reading.field, reading.temperature)


def parse(stream: bytes, cuts: list[int] = ()) -> list[bytes]:
    parser = FrameParser(MAGNETOMETERS)
    edges = [0, *sorted(c % (len(stream) + 1) for c in cuts), len(stream)]
    out = []
    for start, end in itertools.pairwise(edges):
        out += parser.feed(stream[start:end])
    return [as_bytes(r) for r in out]


def test_frame_of_one_pad_has_82_bytes_and_of_two_162():
    assert (frame_size(5), frame_size(10)) == (82, 162)
    assert len(encode_frame(np.zeros(15), np.zeros(5))) == 82


def test_layout_is_temperature_then_field_little_endian():
    data = encode_frame(np.arange(1, 16), np.full(5, 46000))
    assert struct.unpack("<4f", data[:16]) == (46000, 1, 2, 3)
    reading = FrameParser(5).feed(data * 2)[0]
    np.testing.assert_array_equal(reading.field, np.arange(1, 16))
    np.testing.assert_array_equal(reading.temperature, 46000)


@settings(deadline=None)
@given(st.lists(frames, min_size=2, max_size=8), st.lists(st.integers(0, 10_000), max_size=12))
def test_clean_stream_comes_out_whole_however_it_is_split(sent, cuts):
    assert parse(b"".join(sent), cuts) == sent


@settings(deadline=None)
@given(
    st.binary(max_size=3 * SIZE), st.lists(frames, min_size=3, max_size=6), st.lists(st.integers(0, 10_000), max_size=6)
)
def test_garbage_in_front_costs_no_good_frame(garbage, sent, cuts):
    out = parse(garbage + b"".join(sent), cuts)
    assert out[-2:] == sent[-2:]
    assert set(out) <= set(sent)


@settings(deadline=None)
@given(st.lists(frames, min_size=3, max_size=5), st.integers(1, SIZE - 1))
def test_starting_within_a_frame(sent, start):
    out = parse(b"".join(sent)[start:])
    assert out == sent[1:]


@settings(deadline=None)
@given(
    st.lists(frames, min_size=10, max_size=10),
    st.lists(st.tuples(st.integers(0, 6 * SIZE - 1), st.integers(1, 2 * SIZE)), min_size=1, max_size=3),
    st.lists(st.integers(0, 10_000), max_size=6),
)
def test_a_loss_gives_one_wrong_frame_at_most_and_is_recovered_from(sent, losses, cuts):
    whole = b"".join(sent)
    lost = {i for position, length in losses for i in range(position, min(position + length, 7 * SIZE))}
    out = parse(bytes(b for i, b in enumerate(whole) if i not in lost), cuts)
    assert sum(frame not in sent for frame in out) <= len(losses)  # whole frames' worth of bytes lost cannot be seen
    assert out[-2:] == sent[-2:]


@settings(deadline=None)
@given(st.lists(frames, min_size=8, max_size=8), st.integers(SIZE, 3 * SIZE), st.binary(min_size=1, max_size=SIZE))
def test_inserted_bytes_are_recovered_from(sent, position, noise):
    stream = b"".join(sent)
    out = parse(stream[:position] + noise + stream[position:])
    assert out[-2:] == sent[-2:]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e6, 1e-30])
def test_implausible_value_drops_the_frame(bad):
    field = np.full(15, 100.0)
    broken = field.copy()
    broken[7] = bad
    good = encode_frame(field, np.ones(5))
    assert parse(good + good + encode_frame(broken, np.ones(5)) + good + good) == [good] * 4


@settings(deadline=None)
@given(st.binary(max_size=20 * SIZE))
def test_garbage_alone_does_not_pile_up(garbage):
    parser = FrameParser(MAGNETOMETERS)
    parser.feed(garbage)
    assert len(parser._buffer) < 2 * SIZE
    assert parser.discarded + len(parser._buffer) <= len(garbage)
