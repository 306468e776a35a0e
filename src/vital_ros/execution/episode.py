"""One episode from goal to result: localise, reach, act, hold (paper 1.6)."""

from __future__ import annotations

from vital_ros.arm.signals import Source
from vital_ros.config import RobotConfig, TaskConfig
from vital_ros.execution.acting import Acting
from vital_ros.execution.ending import EpisodeEnd, Outcome, Phase
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
        self._local: Acting | Following | None = None
        self.report = Report(name)

    def run(self) -> Report:
        """Live the episode; whatever ends it stands in the report."""
        try:
            target = self._localize()
            start = self._reach(target)
            self._act(target, start)
        except EpisodeEnd as end:
            self._finish(end)
        return self.report

    def _localize(self) -> Pose:
        self._robot.announce(Phase.LOCALIZE, self.report.episode_id)
        begin = self._robot.now()
        try:
            point = self._robot.localize(self._goal.query or self._task.prompt)
        finally:
            self.report.localize_time = self._robot.now() - begin
        return target_frame(self._task, point)

    def _reach(self, target: Pose) -> Pose:
        robot, begin = self._robot, self._robot.now()
        start = start_pose(self._task, target, self._goal.seed)
        if self._goal.dry_run:
            places = f"target at {_metres(target)}, start pose at {_metres(start)}"
            raise EpisodeEnd(Outcome.SUCCESS, f"dry run, nothing moved: {places} in link_base")
        robot.announce(Phase.REACH, self.report.episode_id)
        try:
            robot.begin_task(target)
            self._moved = True
            patience = self._config.arm.staleness.setpoint
            way = approach(measured(robot, patience), start, ceiling=self._config.arm.workspace.max[2])
            reach(robot, way, self._task.gripper_opening, self._config)
            robot.rebaseline()
        finally:
            self.report.reach_time = robot.now() - begin
        return start

    def _act(self, target: Pose, start: Pose) -> None:
        self._robot.announce(Phase.LOCAL_POLICY, self.report.episode_id)
        limit = self._goal.time_limit or self._task.time_limit
        if self._policy is None:
            self._local = Following(self._robot, self._task, self._config, limit, self.report)
        else:
            self._local = Acting(self._robot, self._policy, self._task, self._config, target, start, limit, self.report)
        self._local.run()

    def _finish(self, end: EpisodeEnd) -> None:
        """Stand still where the episode ended; what comes next (a person, a reset, a reach) starts from here."""
        self.report.outcome, self.report.reason = end.outcome, end.reason
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
