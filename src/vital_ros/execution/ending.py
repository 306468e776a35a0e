"""How an episode ends: outcomes, and the one slot that everything which may end it competes for."""

from __future__ import annotations

import threading
from enum import IntEnum


class Phase(IntEnum):
    """As in vital_msgs/ExecutorStatus."""

    IDLE = 0
    LOCALIZE = 1
    REACH = 2
    LOCAL_POLICY = 3
    RETREAT = 4


class Outcome(IntEnum):
    """As in the result of vital_msgs/ExecuteTask. A time-out is never a success."""

    SUCCESS = 0
    FAILURE = 1
    TIMEOUT = 2
    STOPPED = 3
    CANCELLED = 4
    ERROR = 5


class EpisodeEnd(Exception):
    """Ends the episode with an outcome and a readable reason.

    Attributes:
        stop_arm: the arm shall be stopped for good rather than hold, since what commands it cannot be trusted.
    """

    def __init__(self, outcome: Outcome, reason: str, stop_arm: bool = False):
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
        self.stop_arm = stop_arm


class NotLocalized(EpisodeEnd):
    """The localiser found nothing that it trusts; it may be asked again.

    Args:
        reason: what it said.
    """

    def __init__(self, reason: str):
        super().__init__(Outcome.ERROR, reason)


class Ending:
    """Set once, by whoever is first; waited for by the episode. All methods may be called from any thread.

    Attributes:
        event: set together with the ending, for waits on something else beside it.
    """

    def __init__(self) -> None:
        self.event = threading.Event()
        self._lock = threading.Lock()
        self._end: EpisodeEnd | None = None
        self._second: EpisodeEnd | None = None

    def set(self, end: EpisodeEnd) -> bool:
        """End the episode; False when it had ended already, for another reason."""
        with self._lock:
            if self._end is not None:
                if end is not self._end:
                    self._second = self._second or end
                return False
            self._end = end
        self.event.set()
        return True

    def resume(self) -> None:
        """Live on after an end that is none yet; raise EpisodeEnd if something else has ended the episode since."""
        with self._lock:
            self._end, self._second = self._second, None
            if self._end is None:
                self.event.clear()
        self.check()

    def check(self) -> None:
        """Raise EpisodeEnd if the episode has ended."""
        if self._end is not None:
            raise self._end

    def wait(self, timeout: float | None = None) -> None:
        """Sleep for `timeout` s; raise EpisodeEnd at once when the episode ends."""
        self.event.wait(timeout)
        self.check()
