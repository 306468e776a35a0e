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


def test_a_stamp_far_ahead_is_no_fresh_sample():
    stream = Stream("/topic", 0.1, lambda raw: (raw, raw))
    stream.put(5.0)
    assert stream.newest(4.5).value == 5.0
    with pytest.raises(StaleError, match=r"stamped 2\.0 s ahead; do the clocks agree"):
        stream.newest(3.0)


def test_a_silent_stream_is_named():
    with pytest.raises(StaleError, match="/topic: nothing received yet"):
        Stream("/topic", 0.1, lambda raw: (raw, raw)).newest(0.0)


def test_waiting_ends_with_the_next_sample_and_not_with_the_last():
    stream = Stream("/topic", 0.1, lambda raw: (raw, raw))
    stream.put(1.0)
    assert not stream.wait_for_next(0.01)
    threading.Timer(0.02, stream.put, [2.0]).start()
    assert stream.wait_for_next(30.0)


def test_waits_for_a_sample_that_is_due_and_for_no_other():
    stream = Stream("/topic", 10.0, lambda raw: (raw, raw))
    stream.wait_if_due(60.0)  # nothing ever came: none is due
    stream.put(1.0)
    stream.wait_if_due(60.0)  # just came
    stream._arrival -= 55.0
    threading.Timer(0.01, stream.put, [2.0]).start()
    stream.wait_if_due(60.0)
    assert stream.newest(2.0).value == 2.0
    stream._arrival -= 90.0
    stream.wait_if_due(60.0)  # overdue: the sensor is silent
