"""Service policy_executor/confirm: an operator allows what the executor says it will do."""

from __future__ import annotations

import threading
import time

from std_srvs.srv import Trigger

from vital_ros.execution.ending import Ending
from vital_ros.nodes.lifecycle import ProductNode

POLL = 0.05
"""s"""


class Consent:
    """Counts only while it is waited for: a call that comes too early or too late is told so."""

    def __init__(self, node: ProductNode):
        self._node = node
        self._waiting, self._given = threading.Event(), threading.Event()
        self._service = node.create_service(Trigger, "policy_executor/confirm", self._on_call)

    def given(self, patience: float, ending: Ending) -> bool:
        """Wait at most `patience` s; raise EpisodeEnd when the episode ends meanwhile."""
        self._given.clear()
        self._waiting.set()
        deadline = time.monotonic() + patience
        try:
            while not self._given.is_set() and time.monotonic() < deadline:
                ending.wait(POLL)
        finally:
            self._waiting.clear()
        return self._given.is_set()

    def close(self) -> None:
        self._node.destroy_service(self._service)

    def _on_call(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = self._waiting.is_set()
        response.message = "confirmed" if response.success else "nothing waits for a confirmation"
        if response.success:
            self._given.set()
        return response
