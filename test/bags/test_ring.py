"""What happened before a fault is there afterwards; memory is bounded whatever comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.bags import EpisodeReader
from vital_ros.bags import messages as m
from vital_ros.bags.pairing import Received
from vital_ros.bags.ring import Ring, write_bag
from vital_ros.bags.types import typestore
from vital_ros.geometry import Pose


def received(seconds: float, topic: str = "/arm/state") -> Received:
    stamp = round(seconds * 1e9)
    state = m.arm_state_message(Pose(), 0.5, stamp)
    return Received(topic, state.__msgtype__, bytes(typestore().serialize_cdr(state, state.__msgtype__)), stamp)


def stamps(directory, topic: str = "/arm/state") -> list[float]:
    return [stamp / 1e9 for stamp in EpisodeReader(directory).stream(topic).stamps_ns]


def test_the_last_seconds_become_a_bag_of_their_own(tmp_path):
    ring = Ring([], seconds=3.0)
    for second in range(10):
        ring.put(received(second))
    bag = write_bag(tmp_path / "faults" / "stop", ring.contents(), {"fault": "contact"})
    assert stamps(bag) == [6, 7, 8, 9]
    assert EpisodeReader(bag).metadata == {"fault": "contact"}
    ring.put(received(10))  # and it goes on
    assert stamps(write_bag(tmp_path / "again", ring.contents(), {})) == [7, 8, 9, 10]


def test_what_was_latched_long_ago_opens_the_bag(tmp_path):
    ring = Ring(["/policy/target"], seconds=3.0)
    ring.put(received(0, "/policy/target"))
    ring.put(received(1, "/policy/target"))
    for second in range(2, 10):
        ring.put(received(second))
    bag = write_bag(tmp_path / "bag", ring.contents(), {})
    assert stamps(bag, "/policy/target") == [1] and stamps(bag) == [6, 7, 8, 9]


def test_nothing_is_no_bag(tmp_path):
    with pytest.raises(ValueError, match="is empty"):
        write_bag(tmp_path / "bag", Ring([]).contents(), {})
    assert list(tmp_path.iterdir()) == []


def test_a_clock_set_back_begins_anew(tmp_path):
    ring = Ring(["/policy/target"], seconds=3.0)
    ring.put(received(99, "/policy/target"))
    for second in (100, 101, 5, 6):
        ring.put(received(second))
    assert [message.topic for message in ring.contents()] == ["/policy/target", "/arm/state", "/arm/state"]
    assert stamps(write_bag(tmp_path / "bag", ring.contents(), {})) == [5, 6]


@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.integers(0, 500)), max_size=60),
    st.integers(1, 1000),
    st.floats(0.1, 100.0),
)
def test_memory_is_bounded(arrivals, limit, seconds):
    """Never more than the limit nor older than the span; of what fits the newest is always kept."""
    ring = Ring(["/latched"], seconds, limit)
    for at, size in arrivals:
        message = Received("/live", "type", bytes(size), round(at * 1e9))
        ring.put(message)
        kept = ring.contents()
        assert ring.size == sum(len(other.cdr) for other in kept) <= limit
        assert all(0 <= message.stamp_ns - other.stamp_ns <= seconds * 1e9 + 1 for other in kept)
        assert (message in kept) == (size <= limit)
