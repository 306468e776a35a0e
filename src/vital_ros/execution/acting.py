"""The local policy's phase: observe, decide, ask the gate, once per tick."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vital_ros.config import RobotConfig, TaskConfig
from vital_ros.execution.ending import EpisodeEnd, Outcome
from vital_ros.execution.report import Report
from vital_ros.execution.robot import Observation, Robot, TickRecord
from vital_ros.execution.setpoint import Setpoint, anchor, policy_setpoint
from vital_ros.execution.streams import StaleError
from vital_ros.geometry import Pose
from vital_ros.observation import pad
from vital_ros.policy import LocalPolicy, PolicyError, PolicyStep


class Acting:
    """The phase of one episode.

    Args:
        target: the task's target frame in link_base.
        commanded: pose of the last setpoint, where the reach ended.
        time_limit: s.
        report: grows with every tick.
    """

    def __init__(
        self,
        robot: Robot,
        policy: LocalPolicy,
        task: TaskConfig,
        config: RobotConfig,
        target: Pose,
        commanded: Pose,
        time_limit: float,
        report: Report,
    ):
        self._opening = task.gripper_opening
        self._robot = robot
        self._policy = policy
        self._task = task
        self._config = config
        self._target = target
        self._commanded = commanded
        self._time_limit = time_limit
        self._report = report
        self._period = 1.0 / config.executor.rate
        self._next_index = 0
        self._skipped_before = report.skipped
        self._stale_since: float | None = None
        self._newest: TickRecord | None = None
        self._started = robot.now()
        policy.reset()

    def run(self) -> None:
        """Tick until the episode ends, then raise EpisodeEnd."""
        try:
            self._robot.run_ticks(self._config.executor.rate, self.tick)
        finally:
            self._report.policy_time += self._robot.now() - self._started

    def tick(self, index: int, lateness: float, skipped: int) -> None:
        """Live one tick; raise EpisodeEnd when it is the last."""
        robot, report = self._robot, self._report
        robot.ending.check()
        report.lateness.append(lateness)
        report.skipped = self._skipped_before + skipped
        if robot.now() - self._started >= self._time_limit:
            raise EpisodeEnd(Outcome.TIMEOUT, f"no verdict within {self._time_limit:g} s")
        observation = self._observe()
        if observation is None:
            return
        if index != self._next_index:  # the older chunks no longer line up with time
            self._policy.reset()
        self._next_index = index + 1
        step = self._decide(observation)
        setpoint = self._setpoint(observation, step)
        robot.ending.check()
        report.reaction.append(robot.send(setpoint) - observation.stamp)
        self._commanded, self._opening = setpoint.pose, setpoint.opening
        report.steps += 1
        self._newest = self._record(index, observation, step, lateness)
        robot.publish(self._newest)

    def hold(self) -> None:
        """End the stream of setpoints at the measured pose, the gripper as it is; raise StaleError."""
        self._robot.send(Setpoint(self._robot.measured_pose(), self._opening, self._period, last=True))

    def close(self, outcome: Outcome) -> None:
        """Publish what is seen at the end, so that the last action has a successor.

        A verdict leaves nothing to come, so where a stream is late just then, what was seen last does as well: the
        episode would otherwise have no end, and be lost to whoever learns from it.
        """
        terminated = outcome in (Outcome.SUCCESS, Outcome.FAILURE)
        try:
            observation = self._robot.observe()
            step = self._policy.act(observation.image, observation.field, observation.baseline)
            record = self._record(self._next_index, observation, step, 0.0)
        except (StaleError, PolicyError, ValueError):
            if self._newest is None or not terminated:
                return
            record = replace(self._newest, index=self._next_index)
        self._robot.publish(replace(record, executed=False, terminated=terminated, truncated=not terminated))

    def _observe(self) -> Observation | None:
        """None while a stream is stale: nothing is sent, so the gate holds the arm."""
        try:
            observation = self._robot.observe()
        except StaleError as error:
            now = self._robot.now()
            if self._stale_since is None:
                self._stale_since = now
            if now - self._stale_since >= self._config.arm.staleness.setpoint:
                raise EpisodeEnd(Outcome.ERROR, str(error)) from None
            return None
        self._stale_since = None
        return observation

    def _decide(self, observation: Observation) -> PolicyStep:
        try:
            return self._policy.act(observation.image, observation.field, observation.baseline)
        except (PolicyError, ValueError) as error:
            raise EpisodeEnd(Outcome.ERROR, str(error), stop_arm=True) from None

    def _setpoint(self, observation: Observation, step: PolicyStep) -> Setpoint:
        leash = self._task.max_step.translation
        start = anchor(self._config.arm.anchor, observation.pose, self._commanded, leash)
        return policy_setpoint(start, step.action, self._policy.card.action.frame, self._period, observation.stamp)

    def _record(self, index: int, observation: Observation, step: PolicyStep, lateness: float) -> TickRecord:
        spec = self._policy.card.observation
        norm = float(np.linalg.norm(pad(observation.field, spec) - pad(observation.baseline, spec)))
        return TickRecord(index, observation, step, self._target, norm, lateness, self._report.skipped)
