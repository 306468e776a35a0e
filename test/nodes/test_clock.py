import threading
from collections.abc import Iterator
from itertools import pairwise

import pytest
import rclpy
from rclpy.clock import ClockType
from rclpy.node import Node
from rclpy.time import Time

from vital_ros.nodes.clock import FixedRate, Tick

LIMIT = 30.0  # s; bounds a failing test only


class Ticks:
    """Records ticks and lets a test wait for their number."""

    def __init__(self) -> None:
        self.seen: list[Tick] = []
        self._news = threading.Condition()

    def __call__(self, tick: Tick) -> None:
        with self._news:
            self.seen.append(tick)
            self._news.notify_all()

    def wait(self, count: int) -> list[Tick]:
        with self._news:
            assert self._news.wait_for(lambda: len(self.seen) >= count, LIMIT), self.seen
        return self.seen[:count]


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=101)
    node = rclpy.create_node("ticker", context=context)
    yield node
    node.destroy_node()
    rclpy.shutdown(context=context)


@pytest.fixture
def sim(node: Node) -> Node:
    """ROS time, under the test's control, stands at 0."""
    node.get_clock()._set_ros_time_is_active(True)
    set_time(node, 0.0)
    return node


def set_time(node: Node, seconds: float) -> None:
    node.get_clock().set_ros_time_override(Time(nanoseconds=round(seconds * 1e9), clock_type=ClockType.ROS_TIME))


def test_monotonic_ticks_count_up(node: Node) -> None:
    ticks = Ticks()
    loop = FixedRate(node, 200.0, ticks).start()
    seen = ticks.wait(20)
    loop.stop()
    assert all(b.index > a.index for a, b in pairwise(seen))
    assert all(t.lateness >= 0 for t in seen)
    assert seen[-1].index == 19 + seen[-1].skipped


def test_stop_joins_and_nothing_ticks_afterwards(node: Node) -> None:
    ticks = Ticks()
    loop = FixedRate(node, 200.0, ticks).start()
    ticks.wait(3)
    loop.stop()
    count = len(ticks.seen)
    threading.Event().wait(0.05)
    assert len(ticks.seen) == count
    loop.stop()


def test_loop_may_stop_itself(node: Node) -> None:
    done = threading.Event()

    def once(_: Tick) -> None:
        loop.stop()
        done.set()

    loop = FixedRate(node, 200.0, once)
    loop.start()
    assert done.wait(LIMIT)


def test_error_ends_the_loop_and_is_handed_over(node: Node) -> None:
    errors: list[Exception] = []
    ended = threading.Event()

    def fail(_: Tick) -> None:
        raise ValueError("broken")

    FixedRate(node, 200.0, fail, lambda error: (errors.append(error), ended.set())).start()
    assert ended.wait(LIMIT)
    assert str(errors[0]) == "broken"


def test_ros_time_waits_for_the_first_clock_and_follows_it(sim: Node) -> None:
    ticks = Ticks()
    loop = FixedRate(sim, 10.0, ticks).start()
    set_time(sim, 500.0)
    assert ticks.wait(1)[0].lateness == 0.0
    set_time(sim, 500.05)
    threading.Event().wait(0.05)
    assert len(ticks.seen) == 1, "ticked before its time"
    set_time(sim, 500.1)
    second = ticks.wait(2)[1]
    loop.stop()
    assert second.index == 1
    assert second.skipped == 0


def test_ticks_more_than_a_period_late_are_skipped_and_counted(sim: Node) -> None:
    ticks = Ticks()
    loop = FixedRate(sim, 10.0, ticks).start()
    set_time(sim, 1.0)
    ticks.wait(1)
    set_time(sim, 1.35)  # deadlines 1.1, 1.2, 1.3 have passed
    tick = ticks.wait(2)[1]
    loop.stop()
    assert (tick.index, tick.skipped, tick.late) == (3, 2, 1)
    assert tick.lateness == pytest.approx(0.25)


def test_backward_jump_restarts_the_schedule(sim: Node) -> None:
    ticks = Ticks()
    loop = FixedRate(sim, 10.0, ticks).start()
    set_time(sim, 100.0)
    ticks.wait(1)
    set_time(sim, 2.0)
    assert ticks.wait(2)[1].lateness == 0.0
    set_time(sim, 2.1)
    ticks.wait(3)
    loop.stop()


def test_stop_wakes_a_loop_whose_clock_stands(sim: Node) -> None:
    loop = FixedRate(sim, 10.0, Ticks()).start()
    loop.stop()
