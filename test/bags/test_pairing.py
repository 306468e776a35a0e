import pytest

from vital_ros.bags import messages as m
from vital_ros.bags.pairing import PATIENCE, Pairing, Received, header_stamp_ns
from vital_ros.bags.types import typestore
from vital_ros.geometry import Pose


def message(topic, stamp_ns):
    state = m.arm_state_message(Pose(), 0.5, stamp_ns)
    return Received(topic, state.__msgtype__, bytes(typestore().serialize_cdr(state, state.__msgtype__)), 7)


def through(pairing, *arrivals):
    """What comes out, as (topic, stamp), when messages arrive in this order."""
    ready = [ready for topic, stamp in arrivals for ready in pairing.take(message(topic, stamp))]
    return [(received.topic, header_stamp_ns(received.cdr)) for received in ready]


@pytest.mark.parametrize("stamp_ns", [0, 1, 999_999_999, 1_000_000_000, 1_763_856_000_123_456_789])
def test_a_stamp_is_read_without_decoding(stamp_ns):
    assert header_stamp_ns(message("a", stamp_ns).cdr) == stamp_ns


def test_equal_stamps_come_out_together_whichever_is_first():
    assert through(Pairing("a", "b"), ("a", 1), ("b", 1), ("b", 2), ("a", 2)) == [
        ("a", 1), ("b", 1), ("b", 2), ("a", 2)
    ]  # fmt: skip


def test_what_has_no_partner_never_comes_out():
    """A mask of before the beginning, a frame that the camera dropped, a frame whose mask comes too late."""
    assert through(Pairing("a", "b"), ("b", 1), ("a", 2), ("b", 2), ("b", 3), ("a", 4), ("b", 4), ("a", 5)) == [
        ("a", 2), ("b", 2), ("a", 4), ("b", 4)
    ]  # fmt: skip


def test_one_stream_may_be_far_ahead():
    ahead = [("a", stamp) for stamp in range(20)]
    behind = [("b", stamp) for stamp in range(20)]
    out = through(Pairing("a", "b"), *ahead, *behind)
    assert [entry for entry in out if entry[0] == "a"] == ahead
    assert [entry for entry in out if entry[0] == "b"] == behind


def test_a_stream_without_a_partner_does_not_pile_up():
    pairing = Pairing("a", "b")
    assert through(pairing, *[("a", stamp) for stamp in range(10 * PATIENCE)]) == []
    last = 10 * PATIENCE - 1
    assert through(pairing, ("b", 0), ("b", last)) == [("a", last), ("b", last)]


def test_forgetting_lets_go_of_what_waits():
    pairing = Pairing("a", "b")
    through(pairing, ("a", 1))
    pairing.forget()
    assert through(pairing, ("b", 1)) == []
