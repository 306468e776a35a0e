import threading

import pytest

from vital_ros.execution.streams import StaleError, Stream


def test_only_the_sample_that_is_used_is_decoded():
    decoded = []

    def decode(raw):
        decoded.append(raw)
        return float(raw), raw * 2

    stream = Stream("/topic", 0.3, decode)
    for raw in (1, 2, 3):
        stream.put(raw)
    assert stream.newest(3.2) == (3.0, 6)
    assert decoded == [3]


def test_age_decides_by_the_sensors_stamp():
    stream = Stream("/anyskin/tactile", 0.1, lambda raw: (raw, raw))
    stream.put(5.0)
    assert stream.newest(5.1).value == 5.0
    with pytest.raises(StaleError, match=r"/anyskin/tactile: newest sample is 150 ms old, the limit is 100 ms"):
        stream.newest(5.15)


def test_a_silent_stream_is_named():
    with pytest.raises(StaleError, match="/topic: nothing received yet"):
        Stream("/topic", 0.1, lambda raw: (raw, raw)).newest(0.0)


def test_waiting_ends_with_the_next_sample_and_not_with_the_last():
    stream = Stream("/topic", 0.1, lambda raw: (raw, raw))
    stream.put(1.0)
    assert not stream.wait_for_next(0.01)
    threading.Timer(0.02, stream.put, [2.0]).start()
    assert stream.wait_for_next(30.0)
