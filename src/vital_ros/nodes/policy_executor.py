"""Node policy_executor: action /execute_task, one episode at a time; see vital_ros.execution for what an episode is."""

from __future__ import annotations

import gc
import sys
import threading
from datetime import datetime

import torch
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.task import Future
from vital_msgs.action import ExecuteTask
from vital_msgs.msg import ArmStatus, EpisodeLabel

from vital_ros.execution.ending import EpisodeEnd, Outcome
from vital_ros.execution.episode import Episode
from vital_ros.execution.report import Goal, Report, new_episode_id
from vital_ros.nodes.lifecycle import LATCHED, NodeError, Param, ProductNode, run
from vital_ros.nodes.residual_switch import ResidualSwitch
from vital_ros.nodes.ros_robot import RosRobot
from vital_ros.policy import LocalPolicy, PolicyError, load_policy
from vital_ros.policy.contract import observation_contract
from vital_ros.policy.facts import policy_path

GOODBYE = 3.0
"""s for a running episode to come to rest when the node is deactivated."""


class PolicyExecutor(ProductNode):
    """Runs episodes in a thread of their own; callbacks only store what arrives."""

    NAME = "policy_executor"
    PARAMETERS = (
        Param("task", "", "task whose policy is loaded: the name of a file in config/tasks"),
        Param("target_yaw", 0.0, "rad by which the target is turned beyond its task file", -3.15, 3.15),
        Param("policy", "", "policy in models/<task>, or a .safetensors file's path; empty: vital, else vital_bc"),
        Param(
            "person", False, "a person moves the arm through /arm/teleop in place of the policy, which is not loaded"
        ),
        Param("execution", "", "action executed; empty: as the policy was trained", choices=("", "ensemble", "newest")),
        Param("learning", False, "act with the residual weights that arrive, and try out what they say"),
    )

    _robot: RosRobot | None = None
    _server: ActionServer | None = None
    _residual: ResidualSwitch | None = None
    _episode_thread: threading.Thread | None = None
    _busy = False
    _stopped = ""
    """Why the arm is stopped, empty if it is not."""

    def configure(self) -> None:
        torch.set_num_threads(1)  # a second thread beside busy processes is many times slower (OpenMP spinning)
        sys.setswitchinterval(5e-4)  # s; callbacks give the tick's thread the interpreter sooner
        task = self.config.task(self.param("task"))
        self._task = task.model_copy(update={"target_yaw": task.target_yaw + self.param("target_yaw")})
        if self.param("learning") and self.config.robot.executor.retries:
            raise NodeError("robot.yaml: executor.retries: it should be 0 to learn, an episode is one try there")
        self._policy = None if self.param("person") else self._load_policy()
        if self._policy is not None:
            self._policy.warm_up()
        self._robot = RosRobot(self, self._task, self._policy.card.action.frame if self._policy else "tool")
        self._status = self.create_subscription(ArmStatus, "arm/status", self._on_arm_status, LATCHED)
        self._label = self.create_subscription(EpisodeLabel, "episode/label", self._on_label, 10)
        if self.param("learning") and self._policy is not None:
            self._residual = ResidualSwitch(self, self._policy)
        self._server = ActionServer(
            self,
            ExecuteTask,
            "execute_task",
            self._execute,
            goal_callback=self._on_goal,
            cancel_callback=self._on_cancel,
        )

    def deactivate(self) -> None:
        self._robot.ending.set(EpisodeEnd(Outcome.CANCELLED, "policy_executor was deactivated"))
        if self._episode_thread is not None:
            self._episode_thread.join(GOODBYE)

    def cleanup(self) -> None:
        if self._server is not None:
            self._server.destroy()
            self._server = None
            for subscription in (self._status, self._label):
                self.destroy_subscription(subscription)
            if self._residual is not None:
                self._residual.close()
        if self._robot is not None:
            self._robot.close()
            self._robot = None

    def _load_policy(self) -> LocalPolicy:
        path = policy_path(self._task.name, self.param("policy"))
        try:
            policy = load_policy(path, self.param("execution") or None, observation_contract(self.config))
        except PolicyError as error:
            raise NodeError(str(error)) from None
        if policy.card.task != self._task.name:
            raise NodeError(f"policy {path} was trained for task '{policy.card.task}', not '{self._task.name}'")
        return policy

    # the action ----------------------------------------------------------------------------------------------------

    def _on_goal(self, goal: ExecuteTask.Goal) -> GoalResponse:
        reason = None
        if self.state != "active":
            reason = "policy_executor is not active"
        elif self._busy:
            reason = "an episode is running; cancel it or wait for its result"
        if reason:
            self.get_logger().warning(f"goal for task '{goal.task}' rejected: {reason}")
            return GoalResponse.REJECT
        self._busy = True
        self.fault("")
        self._robot.begin()
        return GoalResponse.ACCEPT

    def _on_cancel(self, _: ServerGoalHandle) -> CancelResponse:
        self._robot.ending.set(EpisodeEnd(Outcome.CANCELLED, "cancelled by the client"))
        return CancelResponse.ACCEPT

    async def _execute(self, handle: ServerGoalHandle) -> ExecuteTask.Result:
        finished: Future = self.executor.create_future()
        finished.add_done_callback(lambda _: None)  # set_result then wakes the executor
        self._episode_thread = threading.Thread(target=self._live, args=(handle, finished), name="episode", daemon=True)
        self._episode_thread.start()
        report: Report = await finished
        self._busy = False
        self._finish(handle, report)
        return _result(report)

    def _live(self, handle: ServerGoalHandle, finished: Future) -> None:
        report = Report("", Outcome.ERROR, "internal error")
        gc.collect()
        gc.freeze()
        gc.disable()  # a collection would be a late tick
        try:
            report = self._episode(handle)
        except Exception as error:
            report.reason = f"internal error: {type(error).__name__}: {error}"
            self.fault(report.reason)
            self._robot.stop_arm()
        finally:
            gc.unfreeze()  # what lived when the episode began may be garbage now, and must not outlive the process
            gc.enable()
            self._robot.end()
            finished.set_result(report)

    def _episode(self, handle: ServerGoalHandle) -> Report:
        request = handle.request
        goal = Goal(request.query, request.seed, request.time_limit, request.dry_run)
        name = new_episode_id(self._task.name, goal.seed, datetime.now())
        if request.task and request.task != self._task.name:
            return Report(
                name, Outcome.ERROR, f"task '{request.task}' is not loaded; this executor does '{self._task.name}'"
            )
        if self._stopped and not goal.dry_run:
            return Report(name, Outcome.STOPPED, f"the arm is stopped: {self._stopped}; call /arm/recover")
        self._robot.on_feedback = handle.publish_feedback
        return Episode(self._robot, self._policy, self._task, self.config.robot, goal, name).run()

    def _finish(self, handle: ServerGoalHandle, report: Report) -> None:
        self.get_logger().info(f"{report.episode_id}: {report.outcome.name}, {report.reason} ({report.steps} steps)")
        if report.outcome == Outcome.ERROR:
            self.fault(report.reason)
        if report.outcome == Outcome.SUCCESS:
            handle.succeed()
        elif report.outcome == Outcome.CANCELLED and handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.abort()

    # what may end an episode ---------------------------------------------------------------------------------------

    def _on_arm_status(self, status: ArmStatus) -> None:
        self._stopped = (status.reason or status.rule) if status.state == ArmStatus.STOPPED else ""
        if self._stopped:
            self._robot.ending.set(EpisodeEnd(Outcome.STOPPED, self._stopped))

    def _on_label(self, label: EpisodeLabel) -> None:
        if label.episode_id == self._robot.episode_id:
            outcome = Outcome.SUCCESS if label.success else Outcome.FAILURE
            self._robot.ending.set(EpisodeEnd(outcome, label.reason))


def _result(report: Report) -> ExecuteTask.Result:
    return ExecuteTask.Result(
        outcome=int(report.outcome),
        reason=report.reason,
        episode_id=report.episode_id,
        steps=report.steps,
        localize_time=report.localize_time,
        reach_time=report.reach_time,
        policy_time=report.policy_time,
        lateness=report.lateness,
        reaction=report.reaction,
        skipped=report.skipped,
    )


def main() -> int:
    return run(PolicyExecutor)


if __name__ == "__main__":
    sys.exit(main())
