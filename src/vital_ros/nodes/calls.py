"""A service call that a thread other than the executor's waits for, with a limit and a way out."""

from __future__ import annotations

import threading
import time
from typing import Any

from rclpy.client import Client
from rclpy.task import Future


class CallError(RuntimeError):
    """A service or action that did not answer, or refused; one line that names it."""


class Refused(CallError):
    """A service answered that it could not."""


def call(client: Client, request: Any, patience: float, stop: threading.Event) -> Any:
    """The answer, of a service that may still have to appear.

    Raises:
        CallError: there is none within `patience` s, or `stop` is set.
        Refused: its `success` is false.
    """
    name, deadline = f"service {client.service_name}", time.monotonic() + patience
    while not client.service_is_ready():
        _give_up(stop, deadline, f"{name} is not there")
        stop.wait(0.05)
    answer = _result(client.call_async(request), stop, deadline, f"{name} did not answer within {patience:g} s")
    if not getattr(answer, "success", True):
        raise Refused(f"{name} refused: {answer.message}")
    return answer


def wait(future: Future, patience: float, stop: threading.Event, what: str) -> Any:
    """A future's result; raise CallError on time-out or when `stop` is set."""
    return _result(future, stop, time.monotonic() + patience, f"{what} did not answer within {patience:g} s")


def _result(future: Future, stop: threading.Event, deadline: float, complaint: str) -> Any:
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    while not done.wait(0.05):
        _give_up(stop, deadline, complaint)
    return future.result()


def _give_up(stop: threading.Event, deadline: float, complaint: str) -> None:
    if stop.is_set():
        raise CallError("interrupted")
    if time.monotonic() > deadline:
        raise CallError(complaint)
