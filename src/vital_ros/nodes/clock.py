"""A fixed-rate loop in a thread of its own, on absolute deadlines, in wall time or on `/clock`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from rclpy.clock import ClockType, JumpThreshold, ROSClock, TimeJump
from rclpy.duration import Duration
from rclpy.node import Node

LATE = 1e-3
"""s: a tick that starts more than this after its deadline counts as late."""


@dataclass(frozen=True)
class Tick:
    """One call of a fixed-rate loop.

    Attributes:
        index: deadlines passed since the start, skipped ones included.
        lateness: s by which this call started after its deadline (the oldest one skipped, if any were); >= 0.
        late: ticks so far that started more than `LATE` after their deadline.
        skipped: deadlines so far that were dropped because the loop was more than a period behind.
    """

    index: int
    lateness: float
    late: int
    skipped: int


class FixedRate:
    """Calls `callback(tick)` at `rate` Hz from its own thread until `stop()`.

    Deadlines are absolute (start + n / rate), so lateness never accumulates. They live in monotonic time, or on the
    node's ROS time when `use_sim_time` is set: then the loop follows `/clock`, whatever its speed, and waits while it
    stands. A backward jump of ROS time restarts the schedule.

    An exception in `callback` ends the loop and is handed to `on_error` (default: raised in the thread).
    """

    def __init__(
        self,
        node: Node,
        rate: float,
        callback: Callable[[Tick], None],
        on_error: Callable[[Exception], None] | None = None,
    ):
        self._period = 1e9 / rate  # ns
        self._callback = callback
        self._on_error = on_error
        clock = node.get_clock()
        follows_ros = clock.clock_type == ClockType.ROS_TIME and clock.ros_time_is_active
        self._waiter: _MonotonicWaiter | _RosWaiter = _RosWaiter(clock) if follows_ros else _MonotonicWaiter()
        self._thread = threading.Thread(target=self._run, name=f"{node.get_name()}-{rate:g}Hz", daemon=True)

    def start(self) -> FixedRate:
        self._thread.start()
        return self

    @property
    def running(self) -> bool:
        """Started, and neither stopped nor ended by an exception."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the loop and wait for the call in progress; harmless to repeat, allowed from the callback itself."""
        self._waiter.close()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        # Whole nanoseconds: in floating point a clock that stands exactly at a deadline may seem to be before it
        wait_until, now = self._waiter.wait_until, self._waiter.now
        wait_until(1)  # ROS time is 0 until the first /clock
        start = now()
        index = late = skipped = 0
        while wait_until(deadline := start + round(index * self._period)):
            lateness = now() - deadline
            if lateness < -self._period:  # ROS time jumped back
                start += lateness
            lateness = max(lateness, 0)
            behind = int(lateness / self._period)
            index += behind
            skipped += behind
            late += lateness > LATE * 1e9
            try:
                self._callback(Tick(index, lateness * 1e-9, late, skipped))
            except Exception as error:
                self._waiter.close()
                if self._on_error is None:
                    raise
                self._on_error(error)
                return
            index += 1


class _MonotonicWaiter:
    def __init__(self) -> None:
        self._closed = threading.Event()

    def now(self) -> int:
        """ns"""
        return time.monotonic_ns()

    def wait_until(self, deadline: int) -> bool:
        """False once closed."""
        remaining = (deadline - time.monotonic_ns()) * 1e-9
        return not (self._closed.wait(remaining) if remaining > 0 else self._closed.is_set())

    def close(self) -> None:
        self._closed.set()


class _RosWaiter:
    """Sleeps until ROS time, which the node's executor advances on each `/clock` message, reaches a deadline."""

    def __init__(self, clock: ROSClock):
        self._clock = clock
        self._wake = threading.Event()
        self._closed = False
        self._deadline = 0
        every_change = JumpThreshold(
            min_forward=Duration(nanoseconds=1), min_backward=Duration(nanoseconds=-1), on_clock_change=True
        )
        self._jumps = clock.create_jump_callback(every_change, post_callback=self._on_jump)

    def now(self) -> int:
        """ns"""
        return self._clock.now().nanoseconds

    def wait_until(self, deadline: int) -> bool:
        """False once closed; early when time jumps back."""
        self._deadline = deadline
        self._wake.clear()
        if not self._closed and self.now() < deadline:
            self._wake.wait()
        return not self._closed

    def close(self) -> None:
        self._closed = True
        self._wake.set()
        self._jumps.unregister()

    def _on_jump(self, jump: TimeJump) -> None:
        if jump.delta.nanoseconds < 0 or self.now() >= self._deadline:
            self._wake.set()
