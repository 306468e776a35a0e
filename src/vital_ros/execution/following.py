"""The local policy's phase when a person plays the policy: what they ask for goes on to the gate, the episode waits."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np

from vital_ros.arm.signals import Source
from vital_ros.config import RobotConfig, TaskConfig
from vital_ros.execution.ending import EpisodeEnd, Outcome
from vital_ros.execution.report import Report
from vital_ros.execution.robot import Robot
from vital_ros.execution.setpoint import Setpoint
from vital_ros.execution.streams import StaleError


class Following:
    """The phase of one episode.

    Args:
        time_limit: s.
        report: grows with every tick.
    """

    def __init__(self, robot: Robot, task: TaskConfig, config: RobotConfig, time_limit: float, report: Report):
        self._robot, self._config, self._time_limit, self._report = robot, config, time_limit, report
        self._opening = task.gripper_opening
        self._stale_since: float | None = None
        self._speaking = threading.Lock()
        self._over = False
        self._started = robot.now()

    def run(self) -> None:
        """Wait until the episode ends, then raise EpisodeEnd."""
        self._robot.follow(self._forward)
        try:
            self._robot.run_ticks(self._config.executor.rate, self.tick)
        finally:
            self._robot.follow(None)
            self._report.policy_time = self._robot.now() - self._started

    def tick(self, index: int, lateness: float, skipped: int) -> None:
        """Look at time and sensors; raise EpisodeEnd: without them there is nothing to record."""
        robot, report = self._robot, self._report
        robot.ending.check()
        report.lateness.append(lateness)
        report.steps, report.skipped = report.steps + 1, skipped
        now = robot.now()
        if now - self._started >= self._time_limit:
            raise EpisodeEnd(Outcome.TIMEOUT, f"no verdict within {self._time_limit:g} s")
        try:
            observation = robot.observe()
        except StaleError as error:
            self._stale_since = self._stale_since or now
            if now - self._stale_since >= self._config.arm.staleness.setpoint:
                raise EpisodeEnd(Outcome.ERROR, str(error)) from None
            return
        self._stale_since = None
        first_pad = slice(0, 3 * self._config.tactile.magnetometers)
        norm = np.linalg.norm(observation.field[first_pad] - observation.baseline[first_pad])
        robot.tell(index, float(norm), lateness, skipped)

    def hold(self) -> None:
        """End the person's stream at the measured pose, nothing follows it; raise StaleError."""
        with self._speaking:
            self._over = True
            self._robot.send(Setpoint(self._robot.measured_pose(), self._opening, source=Source.TELEOP, last=True))

    def close(self, outcome: Outcome) -> None:
        """Nothing is left to say: a person's episode has no transitions."""

    def _forward(self, setpoint: Setpoint) -> None:
        with self._speaking:
            if not self._over and not self._robot.ending.event.is_set():
                self._opening = setpoint.opening
                self._robot.send(replace(setpoint, source=Source.TELEOP))
