"""The learner node's end of the process that learns: weights and answers out, orders in."""

from __future__ import annotations

import hashlib
from array import array
from collections import deque
from collections.abc import Callable

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.task import Future
from std_srvs.srv import SetBool, Trigger
from vital_msgs.msg import ResidualWeights

from vital_ros.learning.residual.news import Assignment, News, Weights
from vital_ros.learning.residual.process import LearningProcess
from vital_ros.nodes.lifecycle import LATCHED, ProductNode

PERIOD = 0.05
"""s between two looks at what the process has to say: weights act at most that much later."""


class Learning:
    """Topic residual/weights; services residual/freeze, residual/checkpoint, residual/rollback.

    Args:
        on_news: told whatever the process reports.
    """

    def __init__(self, node: ProductNode, assignment: Assignment, on_news: Callable[[News], None]):
        self._node, self._task, self._on_news = node, assignment.task, on_news
        self._waiting: deque[Future[News]] = deque()
        self._weights = node.create_lifecycle_publisher(ResidualWeights, "residual/weights", LATCHED)
        group = ReentrantCallbackGroup()  # they wait for what the timer of the node's own group finds
        self._services = [
            node.create_service(SetBool, "residual/freeze", self._freeze, callback_group=group),
            node.create_service(Trigger, "residual/checkpoint", self._checkpoint, callback_group=group),
            node.create_service(Trigger, "residual/rollback", self._rollback, callback_group=group),
        ]
        self._assignment = assignment
        self._process: LearningProcess | None = None

    def start(self) -> None:
        """Have a process learn."""
        self._process = LearningProcess(self._assignment)
        self._timer = self._node.create_timer(PERIOD, self._poll, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def stop(self) -> None:
        """Have it save and end."""
        if self._process is not None:
            self._node.destroy_timer(self._timer)
            self._process.close()
            self._process = None

    def close(self) -> None:
        self.stop()
        for service in self._services:
            self._node.destroy_service(service)
        self._node.destroy_lifecycle_publisher(self._weights)

    def episode_closed(self) -> None:
        """There is another bag."""
        self._ask("look")

    def label(self, episode: str, success: bool) -> None:
        self._ask("label", episode, success)

    def _poll(self) -> None:
        for news in self._process.poll() if self._process else ():
            for problem in news.problems:
                self._node.get_logger().warning(problem)
            if news.state in ("restarting", "failed"):
                self._node.get_logger().error(news.message)
                while self._waiting:
                    self._waiting.popleft().set_result(news)
            if news.weights is not None:
                self._publish(news.weights)
            if news.answer and self._waiting:
                self._waiting.popleft().set_result(news)
            self._on_news(news)

    def _publish(self, weights: Weights) -> None:
        message = ResidualWeights(
            task=self._task,
            version=weights.version,
            sha256=hashlib.sha256(weights.data).hexdigest(),
            share=weights.share,
            exploration=weights.exploration,
        )
        message.header.stamp = self._node.get_clock().now().to_msg()
        message.data = array("B", weights.data)
        self._weights.publish(message)

    def _ask(self, what: str, *arguments: object) -> Future[News]:
        """What will be answered."""
        future: Future[News] = self._node.executor.create_future()
        if self._process is not None and self._process.order(what, *arguments):
            self._waiting.append(future)
        else:
            future.set_result(News("failed", "the learner's process is not running; see /residual/status"))
        return future

    async def _freeze(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        news = await self._ask("freeze", bool(request.data))
        response.success, response.message = news.done, news.message
        return response

    async def _checkpoint(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        news = await self._ask("checkpoint")
        response.success, response.message = news.done, news.message
        return response

    async def _rollback(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        news = await self._ask("rollback")
        response.success, response.message = news.done, news.message
        return response
