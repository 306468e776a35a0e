"""The robot as an episode sees it (vital_ros.execution.robot.Robot), over topics and services."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped
from numpy.typing import NDArray
from rclpy.client import Client
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger
from vital_msgs.action import ExecuteTask
from vital_msgs.msg import ArmState, Chunk, ExecutorStatus, Tactile, Transition
from vital_msgs.msg import Setpoint as SetpointMsg
from vital_msgs.srv import Localize, SetArmTask

from vital_ros.config import TaskConfig
from vital_ros.execution.ending import Ending, EpisodeEnd, NotLocalized, Outcome, Phase
from vital_ros.execution.robot import Observation, TickCallback, TickRecord
from vital_ros.execution.setpoint import Setpoint
from vital_ros.execution.streams import StaleError, Stream
from vital_ros.geometry import Pose
from vital_ros.nodes.calls import CallError, Refused, call
from vital_ros.nodes.clock import FixedRate, Tick
from vital_ros.nodes.consent import Consent
from vital_ros.nodes.conversions import header, pose_from_msg, pose_to_msg, seconds, stamp_from_seconds
from vital_ros.nodes.images import from_image_msg
from vital_ros.nodes.lifecycle import COMMAND, LATCHED, SENSOR, ProductNode
from vital_ros.policy.actions import Frame

FRAME_MARGIN = 0.005
"""s after a camera frame at which the ticks begin, so that each finds a fresh frame in spite of jitter."""
SERVICE_PATIENCE = 5.0
"""s for services that only have to answer."""
BASELINE_PATIENCE = 1.0
"""s for the new baseline to arrive after the service has answered."""


class RosRobot:
    """Newest samples of all streams, setpoints out, services. Sensor messages stay serialised until they are used.

    Attributes:
        ending: of the running episode, or of the last one.
        episode_id: of the running episode, empty if none.
        on_feedback: receives the action's feedback.
    """

    def __init__(self, node: ProductNode, task: TaskConfig, action_frame: Frame):
        self.ending = Ending()
        self.episode_id = ""
        self.on_feedback: Callable[[ExecuteTask.Feedback], None] = lambda _: None
        self._node = node
        self._task = task
        self._action_frame = "link_tcp" if action_frame == "tool" else "link_base"
        self._baseline: tuple[float, NDArray[np.float32]] | None = None
        self._sequence = 0
        self._status = ExecutorStatus()
        self._frame_period = 1.0 / node.config.cameras.wrist.fps
        limits = node.config.robot.arm.staleness
        self._setpoint_age = limits.setpoint
        self._image = Stream("/wrist_camera/image_raw", limits.camera, _decode_image)
        self._tactile = Stream("/anyskin/tactile", limits.tactile, _decode_tactile)
        self._arm = Stream("/arm/state", limits.arm_state, _decode_pose)
        self._subscriptions = [
            node.create_subscription(kind, stream.name.lstrip("/"), stream.put, SENSOR, raw=True)
            for kind, stream in ((Image, self._image), (Tactile, self._tactile), (ArmState, self._arm))
        ]
        self._subscriptions.append(
            node.create_subscription(Tactile, "anyskin/baseline", self._on_baseline, LATCHED, raw=True)
        )
        self._person: Callable[[Setpoint], None] | None = None
        self._subscriptions.append(node.create_subscription(SetpointMsg, "arm/teleop", self._on_teleop, COMMAND))
        self._targets = node.create_lifecycle_publisher(PoseStamped, "policy/target", LATCHED)
        self._setpoints = node.create_lifecycle_publisher(SetpointMsg, "arm/setpoint", COMMAND)
        self._statuses = node.create_lifecycle_publisher(ExecutorStatus, "policy/status", LATCHED)
        self._chunks = node.create_lifecycle_publisher(Chunk, "policy/chunk", 10)
        self._transitions = node.create_lifecycle_publisher(Transition, "policy/transition", 50)
        self._localize = node.create_client(Localize, "localize")
        self._set_task = node.create_client(SetArmTask, "arm/set_task")
        self._rebaseline = node.create_client(Trigger, "anyskin/rebaseline")
        self._stop = node.create_client(Trigger, "arm/stop")
        self._consent = Consent(node)

    def close(self) -> None:
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        for publisher in (self._targets, self._setpoints, self._statuses, self._chunks, self._transitions):
            self._node.destroy_lifecycle_publisher(publisher)
        for client in (self._localize, self._set_task, self._rebaseline, self._stop):
            self._node.destroy_client(client)
        self._consent.close()

    # one episode at a time -----------------------------------------------------------------------------------------

    def begin(self) -> None:
        """A new episode may end from now on."""
        self.ending = Ending()

    def end(self) -> None:
        self.episode_id = ""

    # Robot ---------------------------------------------------------------------------------------------------------

    def now(self) -> float:
        return self._node.get_clock().now().nanoseconds * 1e-9

    def localize(self, query: str) -> NDArray[np.float64]:
        patience = self._node.config.robot.executor.localize_timeout
        p = self._call(self._localize, Localize.Request(query=query), patience).pose.pose.position
        return np.array([p.x, p.y, p.z])

    def say(self, message: str) -> None:
        self._node.get_logger().info(message)
        self.on_feedback(ExecuteTask.Feedback(phase=self._status.phase, message=message))

    def confirmed(self, patience: float) -> bool:
        return self._consent.given(patience, self.ending)

    def begin_task(self, target: Pose) -> None:
        request = SetArmTask.Request(task=self._task.name, target=pose_to_msg(target))
        self._call(self._set_task, request, SERVICE_PATIENCE)
        frame = header(stamp_from_seconds(self.now()), "link_base")
        self._targets.publish(PoseStamped(header=frame, pose=pose_to_msg(target)))

    def rebaseline(self) -> None:
        """Take a new baseline. It is known by being another one: with /clock no two nodes' times can be compared."""
        begin, before = self.now(), self._baseline and self._baseline[0]
        self._call(self._rebaseline, Trigger.Request(), SERVICE_PATIENCE)
        while self._baseline is None or self._baseline[0] == before:
            if self.now() - begin > BASELINE_PATIENCE + SERVICE_PATIENCE:
                raise EpisodeEnd(Outcome.ERROR, "/anyskin/baseline: nothing received after /anyskin/rebaseline")
            self.ending.wait(0.01)

    def measured_pose(self) -> Pose:
        return self._arm.newest(self.now()).value

    def observe(self) -> Observation:
        if self._baseline is None:
            raise StaleError("/anyskin/baseline: nothing received yet")
        self._image.wait_if_due(self._frame_period)
        now = self.now()
        image, tactile, arm = (stream.newest(now) for stream in (self._image, self._tactile, self._arm))
        return Observation(image.value, tactile.value, self._baseline[1], arm.value, image.stamp)

    def send(self, setpoint: Setpoint) -> float:
        self._sequence += 1
        message = SetpointMsg(
            source=int(setpoint.source),
            sequence=self._sequence,
            pose=pose_to_msg(setpoint.pose),
            gripper_opening=float(setpoint.opening),
            duration=float(setpoint.duration),
            last=setpoint.last,
            observation_stamp=stamp_from_seconds(setpoint.observation_stamp),
        )
        now = self.now()
        message.header = header(stamp_from_seconds(now), "link_base")
        self._setpoints.publish(message)
        return self.now()

    def follow(self, person: Callable[[Setpoint], None] | None) -> None:
        self._person = person

    def stop_arm(self) -> None:
        try:
            call(self._stop, Trigger.Request(), SERVICE_PATIENCE, threading.Event())
        except CallError as error:
            self._node.fault(f"the arm could not be stopped: {error}")

    def run_ticks(self, rate: float, callback: TickCallback) -> None:
        self._image.wait_for_next(self._image.limit)
        self.ending.wait(FRAME_MARGIN)

        def tick(tick: Tick) -> None:
            callback(tick.index, tick.lateness, tick.skipped)

        loop = FixedRate(self._node, rate, tick, on_error=self._on_tick_error).start()
        self.ending.event.wait()
        loop.stop()
        self.ending.check()

    def announce(self, phase: Phase, episode_id: str) -> None:
        self.episode_id = episode_id
        self._status = ExecutorStatus(phase=int(phase), task=self._task.name, episode_id=episode_id)
        self._publish_status()
        self.on_feedback(ExecuteTask.Feedback(phase=int(phase)))

    def publish(self, record: TickRecord) -> None:
        stamp = stamp_from_seconds(self.now())
        transition = self._transition(record)
        transition.header = header(stamp, "link_base")
        self._transitions.publish(transition)
        if not record.executed:
            return
        chunk = Chunk(episode_id=self.episode_id, step=record.index, length=len(record.step.chunk))
        chunk.header = header(stamp, self._action_frame)
        chunk.actions = array("f", record.step.chunk.astype(np.float32).tobytes())
        self._chunks.publish(chunk)
        self._status.weights_version = record.step.version
        action = record.step.base_action.astype(np.float32)
        self.tell(record.index, record.tactile_norm, record.lateness, record.skipped, action)

    def tell(
        self,
        index: int,
        tactile_norm: float,
        lateness: float,
        skipped: int,
        action: NDArray[np.float32] | None = None,
    ) -> None:
        status = self._status
        status.step, status.tactile_norm, status.lateness, status.skipped = index, tactile_norm, lateness, skipped
        self._publish_status()
        feedback = ExecuteTask.Feedback(
            phase=int(Phase.LOCAL_POLICY), step=index, tactile_norm=tactile_norm, lateness=lateness
        )
        if action is not None:
            feedback.base_action = action
        self.on_feedback(feedback)

    # parts ---------------------------------------------------------------------------------------------------------

    def _transition(self, record: TickRecord) -> Transition:
        message = Transition(
            task=self._task.name,
            episode_id=self.episode_id,
            step=record.index,
            tactile=record.step.tactile.astype(np.float32),
            pose=pose_to_msg(record.observation.pose),
            target=pose_to_msg(record.target),
            base_action=record.step.base_action.astype(np.float32),
            residual_action=record.step.residual_action.astype(np.float32),
            weights_version=record.step.version,
            terminated=record.terminated,
            truncated=record.truncated,
        )
        message.image = array("B", record.step.image.tobytes())
        return message

    def _publish_status(self) -> None:
        self._status.header.stamp = stamp_from_seconds(self.now())
        self._statuses.publish(self._status)

    def _call(self, client: Client, request: Any, patience: float) -> Any:
        self.ending.check()
        try:
            return call(client, request, patience, self.ending.event)
        except CallError as error:
            self.ending.check()
            if client is self._localize and isinstance(error, Refused):
                raise NotLocalized(str(error)) from None
            raise EpisodeEnd(Outcome.ERROR, str(error)) from None

    def _on_tick_error(self, error: Exception) -> None:
        if not isinstance(error, EpisodeEnd):
            error = EpisodeEnd(Outcome.ERROR, f"internal error: {type(error).__name__}: {error}", stop_arm=True)
        self.ending.set(error)

    def _on_teleop(self, message: SetpointMsg) -> None:
        if (person := self._person) is None:
            return
        try:
            pose = pose_from_msg(message.pose)
            if message.header.frame_id != "link_base":
                raise ValueError(f"its frame is '{message.header.frame_id}', it should be link_base")
            if abs(age := self.now() - seconds(message.header.stamp)) > self._setpoint_age:
                raise ValueError(f"it is {age:.1f} s old")
        except ValueError as error:
            self._node.get_logger().warning(f"/arm/teleop: setpoint ignored: {error}")
        else:
            person(Setpoint(pose, message.gripper_opening, message.duration))

    def _on_baseline(self, raw: bytes) -> None:
        self._baseline = _decode_tactile(raw)


def _decode_image(raw: bytes) -> tuple[float, NDArray[np.uint8]]:
    message = deserialize_message(raw, Image)
    return seconds(message.header.stamp), from_image_msg(message, "rgb8")


def _decode_tactile(raw: bytes) -> tuple[float, NDArray[np.float32]]:
    message = deserialize_message(raw, Tactile)
    return seconds(message.header.stamp), np.array(message.field, dtype=np.float32)


def _decode_pose(raw: bytes) -> tuple[float, Pose]:
    message = deserialize_message(raw, ArmState)
    return seconds(message.header.stamp), pose_from_msg(message.pose)
