"""Brings lifecycle nodes up: waits until each answers, configures all at once, activates them in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from lifecycle_msgs.msg import State, Transition, TransitionEvent
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.node import Node
from rclpy.task import Future
from std_msgs.msg import String

from vital_ros.nodes.lifecycle import LATCHED

_POLL = 0.1  # s, how often a wait looks at the stop request
_ANSWER = 8.0  # s after which an answer counts as lost
_STATES = {
    Transition.TRANSITION_CONFIGURE: ("configure", State.PRIMARY_STATE_INACTIVE),
    Transition.TRANSITION_ACTIVATE: ("activate", State.PRIMARY_STATE_ACTIVE),
}


class BringupError(RuntimeError):
    """A node could not be brought up, or left the active state; one line that names it."""


class Bringup:
    """Drives the nodes' transitions from a thread that is not the executor's.

    A service may be ready for a client before the server has found the client's reader; its first answer is then lost
    (rmw: "failed to send response"). So after a while without an answer the node is asked for its state instead.

    Args:
        node: the caller's node, spun elsewhere.
        names: lifecycle nodes in the order of activation (devices first, motion last).
        stop: set from outside to give up.
        patience: s to wait for one answer; of the nodes in `slow`, s to wait for the answer to a transition.
    """

    def __init__(
        self,
        node: Node,
        names: Sequence[str],
        stop: threading.Event,
        patience: float = 60.0,
        slow: Mapping[str, float] | None = None,
    ):
        self._names = list(names)
        self._stop = stop
        self._patience = patience
        self._slow = slow or {}
        self._faults: dict[str, str] = {}
        self._left: str | None = None
        self._clients = {name: node.create_client(ChangeState, f"{name}/change_state") for name in names}
        self._states = {name: node.create_client(GetState, f"{name}/get_state") for name in names}
        for name in names:
            node.create_subscription(String, f"{name}/fault", lambda msg, n=name: self._on_fault(n, msg), LATCHED)
            node.create_subscription(
                TransitionEvent, f"{name}/transition_event", lambda msg, n=name: self._on_transition(n, msg), 10
            )
        self._active = False

    def run(self) -> None:
        """Bring every node to active; raise BringupError."""
        for name in self._names:
            self._wait(self._clients[name].service_is_ready, f"{name} did not start within {self._patience:g} s")
        configuring = {name: self._request(name, Transition.TRANSITION_CONFIGURE) for name in self._names}
        for name, future in configuring.items():
            self._finish(name, future, Transition.TRANSITION_CONFIGURE)
        for name in self._names:
            activating = self._request(name, Transition.TRANSITION_ACTIVATE)
            self._finish(name, activating, Transition.TRANSITION_ACTIVATE)
        self._active = True

    def check(self) -> None:
        """Raise BringupError if a node has left the active state since `run`."""
        if self._left:
            raise BringupError(f"{self._left} is no longer active{self._reason(self._left)}")

    def _request(self, name: str, transition: int) -> Future:
        return self._clients[name].call_async(ChangeState.Request(transition=Transition(id=transition)))

    def _finish(self, name: str, future: Future, transition: int) -> None:
        verb, goal = _STATES[transition]
        patience = self._slow.get(name, self._patience)
        deadline = time.monotonic() + patience
        while not self._comes(future.done, _ANSWER):
            asked = self._states[name].call_async(GetState.Request())
            if self._comes(asked.done, _ANSWER) and asked.result().current_state.id == goal:
                return
            if time.monotonic() > deadline:
                raise BringupError(f"{name} did not {verb} within {patience:g} s{self._reason(name)}")
        if not future.result().success:
            self._comes(lambda: bool(self._faults.get(name)), 1.0)  # the reason travels on a topic of its own
            raise BringupError(f"{name} could not {verb}{self._reason(name)}")

    def _reason(self, name: str) -> str:
        fault = self._faults.get(name)
        return f": {fault}" if fault else f"; see its log (logs/{name}.log in the run folder)"

    def _wait(self, condition: Callable[[], bool], message: str) -> None:
        if not self._comes(condition, self._patience):
            raise BringupError(message)

    def _comes(self, condition: Callable[[], bool], limit: float) -> bool:
        """Whether the condition comes true within `limit` s; raise BringupError when interrupted."""
        deadline = time.monotonic() + limit
        while not condition():
            if self._stop.wait(_POLL):
                raise BringupError("interrupted")
            if time.monotonic() > deadline:
                return False
        return True

    def _on_fault(self, name: str, message: String) -> None:
        self._faults[name] = message.data

    def _on_transition(self, name: str, event: TransitionEvent) -> None:
        leaves = event.start_state.id == State.PRIMARY_STATE_ACTIVE
        if self._active and leaves:
            self._left = name
