"""Writes the last seconds before a fault as a bag: a latched stop in an episode, or an episode that ended in ERROR."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.serialization import deserialize_message
from std_msgs.msg import String
from vital_msgs.msg import ArmStatus, ExecutorStatus

from vital_ros.bags.keep_newest import keep_newest
from vital_ros.bags.pairing import Received
from vital_ros.bags.ring import Ring, write_bag
from vital_ros.nodes.lifecycle import LATCHED

AFTERMATH = 0.5
"""s after a fault that its bag holds too: what the nodes made of it."""
KEPT = 20
"""Bags of a robot's run, the newest ones: 1.4 GB as a rule, never more than 3.4."""


class FaultRecorder:
    """Fed with every message; a thread of its own writes, so that recording goes on meanwhile.

    Args:
        executor: name of the node whose faults count.
        directory: of the bags, `<directory>/<time>-<rule or error>`; the oldest beyond KEPT are deleted.
        latched: topics whose newest message is in every bag.
        facts: metadata of every bag.
        tell: told where a bag is, or why there is none.
    """

    def __init__(
        self,
        node: Node,
        executor: str,
        directory: Path,
        latched: Collection[str],
        facts: dict[str, Any],
        tell: Callable[[str], object],
    ):
        self._node, self._directory, self._facts, self._tell = node, directory, facts, tell
        self._ring = Ring(latched)
        self._stopped = self._idle = False
        self._waiting: Any = None
        self._fault: dict[str, Any] = {}
        self._writing: threading.Thread | None = None
        self._faults = node.create_subscription(String, f"{executor}/fault", self._on_executor_fault, LATCHED)

    def close(self) -> None:
        self._node.destroy_subscription(self._faults)
        if self._waiting is not None:  # the graph ends, there is no more to wait for
            self._write()
        if self._writing is not None:
            self._writing.join()

    def put(self, message: Received) -> None:
        """A message arrived."""
        self._ring.put(message)
        if message.topic == "/arm/status":
            status = deserialize_message(message.cdr, ArmStatus)
            before, self._stopped = self._stopped, status.state == ArmStatus.STOPPED
            if self._stopped and not before and not self._idle:
                self._on_fault(status.rule, status.reason)

        elif message.topic == "/policy/status":
            # between episodes the arm is put back, in simulation with a stop each time
            self._idle = deserialize_message(message.cdr, ExecutorStatus).phase == ExecutorStatus.IDLE

    def _on_executor_fault(self, fault: String) -> None:
        if fault.data:
            self._on_fault("error", fault.data)

    def _on_fault(self, name: str, reason: str) -> None:
        """The first of several faults names the bag: the others are what came of it."""
        if self._waiting is None:
            self._fault = self._facts | {"fault": name, "reason": reason}
            clock = Clock(clock_type=ClockType.STEADY_TIME)
            self._waiting = self._node.create_timer(AFTERMATH, self._write, clock=clock)

    def _write(self) -> None:
        self._node.destroy_timer(self._waiting)
        self._waiting, facts = None, self._fault
        if self._writing is not None:
            self._writing.join()
        directory, messages = (
            self._directory / f"{datetime.now():%Y%m%d-%H%M%S-%f}-{facts['fault']}",
            self._ring.contents(),
        )
        self._writing = threading.Thread(target=self._finish, args=(directory, messages, facts), name="fault bag")
        self._writing.start()

    def _finish(self, directory: Path, messages: list[Received], facts: dict[str, Any]) -> None:
        keep_newest(self._directory, KEPT - 1)  # first: it makes room, and the new one stays whatever the clock says
        try:
            write_bag(directory, messages, facts)
        except (OSError, ValueError) as error:
            self._tell(f"the seconds before the fault could not be written: {error}")
        else:
            self._tell(f"the seconds before the fault '{facts['fault']}' are in {directory}")
