"""Node teleop: a person's keyboard or gamepad as setpoints on /arm/teleop, and as the episode's label.

It speaks while an episode is in its local phase, at the policy's rate, also when nothing is asked for: a stream that
falls silent stops the arm.
"""

from __future__ import annotations

import sys

from rclpy.clock import Clock, ClockType
from rclpy.task import Future
from std_srvs.srv import Trigger
from vital_msgs.msg import ArmState, ExecutorStatus
from vital_msgs.msg import Setpoint as SetpointMsg
from vital_msgs.srv import LabelEpisode

from vital_ros.device_reader import DeviceError
from vital_ros.nodes.conversions import header, pose_from_msg, pose_to_msg
from vital_ros.nodes.lifecycle import COMMAND, LATCHED, SENSOR, Param, ProductNode, run
from vital_ros.teleop import OPERATORS, Command, Steering
from vital_ros.teleop.gamepad import HELP as GAMEPAD_HELP
from vital_ros.teleop.keyboard import HELP as KEYBOARD_HELP

HELP = {"keyboard": KEYBOARD_HELP, "gamepad": GAMEPAD_HELP}


class Teleop(ProductNode):
    """Lost devices ask for nothing: the arm stands, and the node says so."""

    NAME = "teleop"
    PARAMETERS = (
        Param("task", "", "task being done: the name of a file in config/tasks"),
        Param("operator", "keyboard", "what the person holds", choices=tuple(OPERATORS)),
        Param("device", "", "terminal, or gamepad; empty: /dev/tty, /dev/input/js0"),
    )

    _operator = None

    def configure(self) -> None:
        self._task = self.config.task(self.param("task"))
        kind, device = self.param("operator"), self.param("device")
        self._operator = OPERATORS[kind](device or ("/dev/tty" if kind == "keyboard" else ""))
        self._steering: Steering | None = None
        self._state: ArmState | None = None
        self._sequence = 0
        self._setpoints = self.create_lifecycle_publisher(SetpointMsg, "arm/teleop", COMMAND)
        self._entities = [
            self.create_subscription(ArmState, "arm/state", self._on_state, SENSOR),
            self.create_subscription(ExecutorStatus, "policy/status", self._on_status, LATCHED),
        ]
        self._label = self.create_client(LabelEpisode, "episode/label_episode")
        self._stop = self.create_client(Trigger, "arm/stop")
        self._next = self.create_client(Trigger, "record/next")
        self.get_logger().info(HELP[kind])

    def activate(self) -> None:
        self._period = 1.0 / self.config.robot.executor.rate
        self._timer = self.create_timer(self._period, self._tick, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def deactivate(self) -> None:
        self.destroy_timer(self._timer)

    def cleanup(self) -> None:
        if self._operator is not None:
            self._operator.close()
            self._operator = None
            for subscription in self._entities:
                self.destroy_subscription(subscription)
            for client in (self._label, self._stop, self._next):
                self.destroy_client(client)
            self.destroy_lifecycle_publisher(self._setpoints)

    def _on_state(self, state: ArmState) -> None:
        self._state = state

    def _on_status(self, status: ExecutorStatus) -> None:
        if status.phase != ExecutorStatus.LOCAL_POLICY:
            self._steering = None
        elif self._steering is None:
            self._steering = Steering(self._task.max_step, self._task.gripper_opening)
            if self._poll().stop:  # what else was pressed before asks for nothing
                self._stop_arm()

    def _poll(self) -> Command:
        try:
            command = self._operator.poll(self._period)
        except DeviceError as error:
            self.get_logger().error(str(error), throttle_duration_sec=5.0)
            return Command()
        return command

    def _stop_arm(self) -> None:
        if not self._stop.service_is_ready():
            self.get_logger().error("/arm/stop is not there: press the emergency stop")
            return
        self._stop.call_async(Trigger.Request()).add_done_callback(self._on_stop)

    def _on_stop(self, answered: Future) -> None:
        answer = answered.result()
        if answer is None or not answer.success:
            self.get_logger().error("/arm/stop was refused: press the emergency stop")

    def _tick(self) -> None:
        command = self._poll()
        if command.stop:
            self._stop_arm()
        if command.proceed and self._next.service_is_ready():
            self._next.call_async(Trigger.Request())
        if self._steering is None or self._state is None:
            return
        if command.verdict is not None:
            reason = "operator" if command.verdict else "operator: failed"
            self._label.call_async(LabelEpisode.Request(success=command.verdict, reason=reason))
        pose, opening = self._steering.step(command, pose_from_msg(self._state.pose))
        self._sequence += 1
        message = SetpointMsg(source=SetpointMsg.TELEOP, sequence=self._sequence, gripper_opening=opening)
        message.header = header(self.get_clock().now().to_msg(), "link_base")
        message.pose, message.duration = pose_to_msg(pose), self._period
        self._setpoints.publish(message)


def main() -> int:
    return run(Teleop)


if __name__ == "__main__":
    sys.exit(main())
