"""Ground truth on an episode: success that has held, a part that is lost, or too much force."""

from __future__ import annotations

from typing import NamedTuple

from vital_ros.geometry import Pose
from vital_ros.sim.config import CellConfig
from vital_ros.sim.tasks import Task


class Verdict(NamedTuple):
    """Ground truth on the episode so far."""

    success: bool | None
    """None: undecided."""
    reason: str
    """success | dropped | force, empty while undecided."""


class Judge:
    """Looks at the world, never at a policy; its verdict stays once given."""

    def __init__(self, task: Task, settings: CellConfig):
        self._task = task
        self._hold, self._force, self._drop = settings.judge.hold, settings.judge.force, settings.grip.drop
        self.reset()

    def reset(self) -> None:
        self.verdict = Verdict(None, "")
        self._good_since: float | None = None

    def look(self, time: float, held: Pose, slipped: float, released: bool, force: float) -> None:
        """Consider the present.

        Args:
            time: s.
            held: the held part in the target frame.
            slipped: m, of the part in the grip.
            released: whether the gripper let go.
            force: N, largest contact force so far.
        """
        if self.verdict.success is not None:
            return
        if released or slipped > self._drop:
            self.verdict = Verdict(False, "dropped")
        elif force > self._force:
            self.verdict = Verdict(False, "force")
        elif not self._task.done(held):
            self._good_since = None
        elif self._good_since is None:
            self._good_since = time
        elif time - self._good_since >= self._hold - 1e-9:
            self.verdict = Verdict(True, "success")
