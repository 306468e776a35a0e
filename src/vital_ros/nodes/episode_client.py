"""Client of /execute_task: one goal, its feedback, its result as an EpisodeRecord."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.task import Future
from std_msgs.msg import Float64
from vital_msgs.action import ExecuteTask

from vital_ros.evaluation.report import EpisodeRecord
from vital_ros.nodes.calls import CallError, wait

PHASES = ("idle", "localize", "reach", "local policy", "retreat")
OUTCOMES = ("success", "failure", "timeout", "stopped", "cancelled", "error")
PATIENCE = 300.0  # s without a word of the executor; longer than any phase in which it says nothing
GOODBYE = 3.0  # s for the result of a cancelled goal

Feedback = Callable[[str, int, float, float, str], None]


class EpisodeClient:
    """Sends goals; cancels the running one when `stop` is set."""

    def __init__(self, node: Node, stop: threading.Event, on_feedback: Feedback):
        self._client = ActionClient(node, ExecuteTask, "execute_task")
        self._stop = stop
        self._on_feedback = on_feedback
        self._force: float | None = None
        self._heard = 0
        node.create_subscription(Float64, "sim/contact_force", self._on_force, 10)

    def run(self, task: str, query: str, seed: int, time_limit: float = 0.0) -> EpisodeRecord:
        """One episode of at most `time_limit` s of local policy, 0: the task's own.

        Raises:
            CallError: the executor is not there or refuses.
        """
        if not self._client.wait_for_server(timeout_sec=10.0):
            raise CallError("action /execute_task is not there")
        self._force = None
        goal = ExecuteTask.Goal(task=task, query=query, seed=seed, time_limit=time_limit)
        sending = self._client.send_goal_async(goal, feedback_callback=self._feedback)
        handle = wait(sending, 10.0, self._stop, "action /execute_task")
        if not handle.accepted:
            raise CallError("action /execute_task refused the goal; see the policy_executor's log")
        future = handle.get_result_async()
        try:
            result = self._await(future).result
        except CallError:
            handle.cancel_goal_async()
            if not self._stop.is_set():
                raise
            result = wait(future, GOODBYE, threading.Event(), "the cancelled action /execute_task").result
        return self._record(seed, result)

    def _await(self, future: Future) -> Any:
        """However long the episode takes, as long as the executor tells of it."""
        while True:
            heard = self._heard
            try:
                return wait(future, PATIENCE, self._stop, "action /execute_task")
            except CallError:
                if self._stop.is_set() or self._heard == heard:
                    raise

    def _record(self, seed: int, result: ExecuteTask.Result) -> EpisodeRecord:
        return EpisodeRecord(
            seed=seed,
            outcome=OUTCOMES[result.outcome],
            reason=result.reason,
            episode_id=result.episode_id,
            steps=result.steps,
            phases={"localize": result.localize_time, "reach": result.reach_time, "policy": result.policy_time},
            lateness=list(result.lateness),
            reaction=list(result.reaction),
            skipped=result.skipped,
            max_force=self._force,
        )

    def _feedback(self, message: ExecuteTask.Impl.FeedbackMessage) -> None:
        self._heard += 1
        f = message.feedback
        self._on_feedback(PHASES[f.phase], f.step, f.tactile_norm, f.lateness, f.message)

    def _on_force(self, message: Float64) -> None:
        self._force = max(self._force or 0.0, message.data)
