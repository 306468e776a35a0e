"""The executor's end of learning: exchanges the residual that acts, between two ticks."""

from __future__ import annotations

from rclpy.node import Node
from std_srvs.srv import SetBool
from vital_msgs.msg import ResidualWeights

from vital_ros.execution.residual_weights import residual_of
from vital_ros.nodes.lifecycle import LATCHED
from vital_ros.policy import LocalPolicy
from vital_ros.policy.correction import Correction


class ResidualSwitch:
    """Topic /residual/weights and service /residual/base_only.

    The policy looks at its correction once a tick, so a new one acts from the next tick on, as a whole. Weights that
    cannot be used change nothing: the last good ones go on acting.
    """

    def __init__(self, node: Node, policy: LocalPolicy):
        self._node, self._policy = node, policy
        self._correction: Correction | None = policy.correction
        self._base_only = False
        self._weights = node.create_subscription(ResidualWeights, "/residual/weights", self._on_weights, LATCHED)
        self._service = node.create_service(SetBool, "residual/base_only", self._on_base_only)

    def close(self) -> None:
        self._node.destroy_subscription(self._weights)
        self._node.destroy_service(self._service)

    def _on_weights(self, message: ResidualWeights) -> None:
        card, now = self._policy.card, self._correction.version if self._correction else 0
        try:
            if message.task != card.task:
                raise ValueError(f"they are for task '{message.task}', not '{card.task}'")
            if message.version <= now:
                raise ValueError(f"version {now} acts already")
            correction = residual_of(
                message.data.tobytes(), message.sha256, card, message.version, message.share, message.exploration
            )
        except ValueError as error:
            self._node.get_logger().warning(f"residual weights version {message.version} ignored: {error}")
            return
        self._correction = correction
        self._apply()

    def _on_base_only(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self._base_only = request.data
        self._apply()
        response.success = True
        response.message = "the base policy acts alone" if request.data else "the residual acts"
        self._node.get_logger().info(response.message)
        return response

    def _apply(self) -> None:
        self._policy.correction = None if self._base_only else self._correction
