"""Ground truth on an episode: success that has held, a lost part, too much force, a way out of the box, a miss."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vital_ros.config import TaskConfig
from vital_ros.geometry import Pose
from vital_ros.sim.config import JudgeConfig
from vital_ros.sim.tasks import Task


class Verdict(NamedTuple):
    """Ground truth on the episode so far."""

    success: bool | None
    """None: undecided."""
    reason: str
    """success | dropped | force | out of box | missed, empty while undecided."""


class Judge:
    """Looks at the world, never at a policy; its verdict stays once given.

    Attributes:
        in_play: whether the local policy's phase runs; before it the hand may be outside of the task's box.
        progress: m, as the task counts it.
    """

    def __init__(self, task: Task, limits: TaskConfig, config: JudgeConfig):
        self._task, self._force = task, config.force
        low, high = np.asarray(limits.workspace.min), np.asarray(limits.workspace.max)
        self._low, self._high = low - config.margin, high + config.margin
        self.in_play = True
        self.reset()

    def reset(self) -> None:
        self.verdict = Verdict(None, "")
        self.progress = 0.0
        self._good_since: float | None = None

    def look(self, time: float, tcp: Pose, part: Pose, lost: bool, force: float) -> None:
        """Consider the present.

        Args:
            time: s.
            tcp, part: link_tcp and the part in the target frame.
            lost: the part was in the hand and is no more.
            force: N, largest contact force so far.
        """
        if self.verdict.success is not None:
            return
        self.progress = self._task.progress(part, self.progress)
        if lost:
            self.verdict = Verdict(False, "dropped")
        elif force > self._force:
            self.verdict = Verdict(False, "force")
        elif self.in_play and (self._outside(tcp) or self._pushed_away(part)):
            self.verdict = Verdict(False, "out of box")
        elif self.in_play and self._task.missed(part, self.progress):
            self.verdict = Verdict(False, "missed")
        elif self.progress < self._task.goal:
            self._good_since = None
        elif self._good_since is None:
            self._good_since = time
        elif time - self._good_since >= self._task.hold - 1e-9:
            self.verdict = Verdict(True, "success")

    def _outside(self, tcp: Pose) -> bool:
        return bool(np.any(tcp.position < self._low) or np.any(tcp.position > self._high))

    def _pushed_away(self, part: Pose) -> bool:
        """A part that is not held has left the box sideways."""
        place = part.position[:2]
        free = self._task.thickness is None
        return free and bool(np.any(place < self._low[:2]) or np.any(place > self._high[:2]))
