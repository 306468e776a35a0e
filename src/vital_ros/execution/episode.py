"""One episode from goal to result: localise, reach, act, hold (paper 1.6), and again where retries are configured."""

from __future__ import annotations

from vital_ros.arm.signals import Source
from vital_ros.config import RobotConfig, TaskConfig
from vital_ros.execution.acting import Acting
from vital_ros.execution.ending import EpisodeEnd, NotLocalized, Outcome, Phase
from vital_ros.execution.following import Following
from vital_ros.execution.plan import approach, start_pose, target_frame
from vital_ros.execution.reaching import measured, reach
from vital_ros.execution.report import Goal, Report
from vital_ros.execution.robot import Robot
from vital_ros.execution.setpoint import Setpoint
from vital_ros.execution.streams import StaleError
from vital_ros.geometry import Pose
from vital_ros.policy import LocalPolicy


class Episode:
    """Runs once. Whatever may end it from outside goes through `robot.ending`.

    Args:
        policy: None: a person moves the arm in the local policy's phase.
    """

    def __init__(
        self,
        robot: Robot,
        policy: LocalPolicy | None,
        task: TaskConfig,
        config: RobotConfig,
        goal: Goal,
        name: str,
    ):
        self._robot = robot
        self._policy = policy
        self._task = task
        self._config = config
        self._goal = goal
        self._moved = False
        self._seen_from = Pose()
        self._number, self._tries = 0, 1 + (config.executor.retries if policy else 0)
        self._local: Acting | Following | None = None
        self.report = Report(name)

    def run(self) -> Report:
        """Live the episode; whatever ends it stands in the report."""
        try:
            while True:
                self._try()
        except EpisodeEnd as end:
            self._finish(end)
        return self.report

    def _try(self) -> None:
        """One try; returns where there is another one."""
        self._number += 1
        try:
            target = self._localize()
            start = self._reach(target)
            self._act(target, start)
        except EpisodeEnd as end:
            if end.outcome != Outcome.TIMEOUT or self._number == self._tries:
                raise
            self._go_back(end.reason)

    def _localize(self) -> Pose:
        """As often as configured: each look takes a new picture."""
        self._robot.announce(Phase.LOCALIZE, self.report.episode_id)
        begin, looks = self._robot.now(), 1 + self._config.executor.localize_retries
        try:
            for look in range(1, looks + 1):
                try:
                    point = self._robot.localize(self._goal.query or self._task.prompt)
                    break
                except NotLocalized as failed:
                    if look == looks:
                        raise NotLocalized(f"{failed.reason} (look {look} of {looks})") from None
                    self._robot.say(f"{failed.reason}; looking again")
        finally:
            self.report.localize_time += self._robot.now() - begin
        return target_frame(self._task, point)

    def _reach(self, target: Pose) -> Pose:
        robot, seed = self._robot, self._goal.seed
        start = start_pose(self._task, target, seed if seed < 0 else seed + self._number - 1)
        places = f"target at {_metres(target)}, start pose at {_metres(start)}"
        if self._goal.dry_run:
            raise EpisodeEnd(Outcome.SUCCESS, f"dry run, nothing moved: {places} in link_base")
        self._ask(places)
        begin = robot.now()
        robot.announce(Phase.REACH, self.report.episode_id)
        try:
            robot.begin_task(target)
            self._moved = True
            self._seen_from = measured(robot, self._config.arm.staleness.setpoint)
            way = approach(self._seen_from, start, ceiling=self._config.arm.workspace.max[2])
            reach(robot, way, self._task.gripper_opening, self._config)
            robot.rebaseline()
        finally:
            self.report.reach_time += robot.now() - begin
        return start

    def _ask(self, places: str) -> None:
        """Wait for the operator where that is configured."""
        patience = self._config.executor.confirm_timeout
        if not patience:
            return
        self._robot.say(f"{places} in link_base: waiting {patience:g} s for /policy_executor/confirm")
        if not self._robot.confirmed(patience):
            raise EpisodeEnd(Outcome.CANCELLED, f"the reach was not confirmed within {patience:g} s: {places}")

    def _act(self, target: Pose, start: Pose) -> None:
        self._robot.announce(Phase.LOCAL_POLICY, self.report.episode_id)
        limit = self._goal.time_limit or self._task.time_limit
        if self._policy is None:
            self._local = Following(self._robot, self._task, self._config, limit, self.report)
        else:
            self._local = Acting(self._robot, self._policy, self._task, self._config, target, start, limit, self.report)
        self._local.run()

    def _go_back(self, reason: str) -> None:
        """After a time-out: let go, straight up, and over to where the camera saw the object past the arm."""
        self._hold()
        self._robot.announce(Phase.RETREAT, self.report.episode_id)
        if self._local:
            self._local.close(Outcome.TIMEOUT)
            self._local = None
        self._robot.ending.resume()
        self._robot.say(f"{reason}; going back for try {self._number + 1} of {self._tries}")
        here = measured(self._robot, self._config.arm.staleness.setpoint)
        up, above, _ = approach(here, self._seen_from, ceiling=self._config.arm.workspace.max[2])
        reach(self._robot, (here, up, above), self._task.gripper_opening, self._config)

    def _finish(self, end: EpisodeEnd) -> None:
        """Stand still where the episode ended; what comes next (a person, a reset, a reach) starts from here."""
        self.report.outcome, self.report.reason = end.outcome, end.reason
        if self._number > 1:
            self.report.reason += f" (try {self._number} of {self._tries})"
        if end.stop_arm:
            self._robot.stop_arm()
        elif self._moved and end.outcome != Outcome.STOPPED:
            self._hold()
        self._robot.announce(Phase.RETREAT, self.report.episode_id)
        if self._local:
            self._local.close(end.outcome)
        self._robot.announce(Phase.IDLE, self.report.episode_id)

    def _hold(self) -> None:
        try:
            if self._local:
                self._local.hold()
            else:
                pose = self._robot.measured_pose()
                self._robot.send(Setpoint(pose, self._task.gripper_opening, source=Source.REACH, last=True))
        except StaleError:
            pass  # without arm state the gate has stopped the arm already


def _metres(pose: Pose) -> str:
    x, y, z = pose.position
    return f"({x:.3f}, {y:.3f}, {z:.3f}) m"
