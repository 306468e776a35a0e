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
    """The answer; raise CallError when there is none within `patience` s, Refused when its `success` is false."""
    if not client.wait_for_service(timeout_sec=patience):
        raise CallError(f"service {client.srv_name} is not there")
    answer = wait(client.call_async(request), patience, stop, f"service {client.srv_name}")
    if not getattr(answer, "success", True):
        raise Refused(f"service {client.srv_name} refused: {answer.message}")
    return answer


def wait(future: Future, patience: float, stop: threading.Event, what: str) -> Any:
    """A future's result; raise CallError on time-out or when `stop` is set."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    deadline = time.monotonic() + patience
    while not done.wait(0.05):
        if stop.is_set():
            raise CallError("interrupted")
        if time.monotonic() > deadline:
            raise CallError(f"{what} did not answer within {patience:g} s")
    return future.result()
