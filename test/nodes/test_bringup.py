"""How long the bring-up waits, on services that the test answers."""

import threading

import pytest
from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.task import Future

from vital_ros.nodes import bringup
from vital_ros.nodes.bringup import Bringup, BringupError


class Service:
    """Answers a transition when `ready` is set, a question for the state at once."""

    def __init__(self, kind, ready):
        self._kind, self._ready = kind, ready

    def service_is_ready(self):
        return True

    def call_async(self, request):
        future = Future()
        if self._kind is GetState:
            answer = GetState.Response()
            answer.current_state.id = State.PRIMARY_STATE_UNCONFIGURED
            future.set_result(answer)
        else:
            threading.Thread(target=lambda: self._answer(future), daemon=True).start()
        return future

    def _answer(self, future):
        if self._ready.wait(60):
            future.set_result(ChangeState.Response(success=True))


class Node:
    """The part of a node that the bring-up uses."""

    def __init__(self, ready):
        self._ready = ready

    def create_client(self, kind, name):
        return Service(kind, self._ready)

    def create_subscription(self, *arguments): ...


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(bringup, "_ANSWER", 0.05)
    monkeypatch.setattr(bringup, "_POLL", 0.01)


def test_a_node_that_never_answers():
    with pytest.raises(BringupError, match=r"localizer did not configure within 0\.2 s"):
        Bringup(Node(threading.Event()), ["localizer"], threading.Event(), patience=0.2).run()


def test_a_slow_node_has_a_limit_of_its_own():
    ready = threading.Event()
    threading.Timer(0.5, ready.set).start()
    Bringup(Node(ready), ["localizer"], threading.Event(), patience=0.2, slow={"localizer": 60.0}).run()
    assert ready.is_set()
