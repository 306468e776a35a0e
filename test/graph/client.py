"""A client node whose every wait is on an event, for tests of a running graph."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile

DEFAULT_TIMEOUT = 60.0  # s; generous: it only bounds a failing test
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
TRANSITIONS = {
    "configure": Transition.TRANSITION_CONFIGURE,
    "activate": Transition.TRANSITION_ACTIVATE,
    "deactivate": Transition.TRANSITION_DEACTIVATE,
    "cleanup": Transition.TRANSITION_CLEANUP,
}


class Recorder:
    """Messages of one topic, in order of arrival."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self._news = threading.Condition()

    def __call__(self, message: Any) -> None:
        with self._news:
            self.messages.append(message)
            self._news.notify_all()

    def wait(
        self, count: int = 1, match: Callable[[Any], bool] = lambda _: True, timeout: float = DEFAULT_TIMEOUT
    ) -> list[Any]:
        """The first `count` messages that match, seen already or to come."""
        matches: list[Any] = []

        def enough() -> bool:
            matches[:] = [m for m in self.messages if match(m)]
            return len(matches) >= count

        with self._news:
            if not self._news.wait_for(enough, timeout):
                pytest.fail(f"{len(matches)} of {count} messages in {timeout} s; last: {self.messages[-1:]}")
        return matches[:count]

    def clear(self) -> None:
        with self._news:
            self.messages.clear()


class Client:
    """A node on a thread of its own (`.node` for what has no short form here)."""

    def __init__(self, domain: int | None = None):
        """`domain`: None for the environment's."""
        self._context = rclpy.Context()
        rclpy.init(context=self._context, domain_id=domain)
        self.node = rclpy.create_node("test_client", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._clients: dict[str, Any] = {}
        self._thread = threading.Thread(target=self._executor.spin, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._executor.shutdown(timeout_sec=10.0)
        self._thread.join(10.0)
        self.node.destroy_node()
        rclpy.shutdown(context=self._context)

    def subscribe(self, message_type: type, topic: str, qos: QoSProfile | int = 10) -> Recorder:
        recorder = Recorder()
        self.node.create_subscription(message_type, topic, recorder, qos)
        return recorder

    def wait_for_message(
        self,
        message_type: type,
        topic: str,
        match: Callable[[Any], bool] = lambda _: True,
        qos: QoSProfile | int = 10,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Any:
        """The first message that matches; pass `qos=LATCHED` (fixture `latched`) to get what was published before."""
        recorder = Recorder()
        subscription = self.node.create_subscription(message_type, topic, recorder, qos)
        try:
            return recorder.wait(1, match, timeout)[0]
        finally:
            self.node.destroy_subscription(subscription)

    def publisher(self, message_type: type, topic: str, qos: QoSProfile | int = 10, readers: int = 1) -> Any:
        """A publisher that already has `readers` subscriptions, so that nothing it publishes is lost."""
        publisher = self.node.create_publisher(message_type, topic, qos)
        wait_until(lambda: publisher.get_subscription_count() >= readers, f"nobody subscribes to {topic}")
        return publisher

    def call(self, service_type: type, name: str, request: Any = None, timeout: float = DEFAULT_TIMEOUT) -> Any:
        """The service's response."""
        client = self._clients.get(name)
        if client is None:
            client = self._clients[name] = self.node.create_client(service_type, name)
        if not client.wait_for_service(timeout):
            pytest.fail(f"no service {name} in {timeout} s")
        return self.result(client.call_async(request or service_type.Request()), f"no answer from {name}", timeout)

    def action_client(self, action_type: type, name: str) -> ActionClient:
        """Made by the thread that spins: the wait set must not see a client that is half made."""
        return self.result(self._executor.create_task(lambda: ActionClient(self.node, action_type, name)))

    def result(self, future: Any, complaint: str = "no result", timeout: float = DEFAULT_TIMEOUT) -> Any:
        """The result of a future of this node (service calls, action goals)."""
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        if not done.wait(timeout):
            pytest.fail(f"{complaint} in {timeout} s")
        return future.result()

    def change_state(self, node: str, transition: str, timeout: float = DEFAULT_TIMEOUT) -> bool:
        """Ask lifecycle node `node` for 'configure', 'activate', 'deactivate' or 'cleanup'; True when it succeeded."""
        request = ChangeState.Request(transition=Transition(id=TRANSITIONS[transition]))
        return self.call(ChangeState, f"/{node}/change_state", request, timeout).success

    def state(self, node: str) -> str:
        """'unconfigured', 'inactive', 'active' or 'finalized'."""
        return self.call(GetState, f"/{node}/get_state").current_state.label

    def bring_up(self, node: str) -> None:
        """Configure and activate."""
        for transition in ("configure", "activate"):
            assert self.change_state(node, transition), f"{node} failed to {transition}"


def wait_until(condition: Callable[[], bool], complaint: str, timeout: float = DEFAULT_TIMEOUT) -> None:
    """For the few conditions that no event announces: look every 20 ms."""
    pause = threading.Event()
    for _ in range(int(timeout / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    pytest.fail(f"{complaint} (waited {timeout} s)")
