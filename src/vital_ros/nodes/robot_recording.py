"""Records the episodes of one robot, as bags, with their labels; and what happened before a fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from geometry_msgs.msg import PoseStamped
from rclpy.clock import Clock, ClockType
from rclpy.serialization import deserialize_message
from vital_msgs.msg import EpisodeLabel, ExecutorStatus
from vital_msgs.srv import LabelEpisode

from vital_ros import __version__
from vital_ros.bags.pairing import Received
from vital_ros.bags.recorder import EpisodeRecorder
from vital_ros.execution.report import seed_of
from vital_ros.nodes.conversions import pose_from_msg
from vital_ros.nodes.fault_recorder import FaultRecorder
from vital_ros.nodes.lifecycle import LATCHED, ProductNode
from vital_ros.nodes.recorded_streams import FRAMES, OPENING, SEEN_FIRST, TOPICS, TRUTH, qos_of

DEVICE_RATE = 100.0
"""Hz, of AnySkin's readings and of the arm's reports."""
LEAST_FRAMES = 0.5
"""Share of the camera's frames below which a demonstration shows what was, not what is."""
GRACE = 0.5
"""s without a transition, after the executor's end of an episode: its last messages may still be under way."""


@dataclass(frozen=True)
class RecordingSettings:
    """What is recorded where, and what every episode says of itself.

    Attributes:
        record: False: nothing is written.
        policy: that acts, for the metadata; None when a demonstrator does.
        masks: the simulated cell's true masks too.
    """

    task: str
    directory: Path
    record: bool
    policy: dict[str, Any] | None
    demonstrator: str
    masks: bool


class RobotRecording:
    """Raw subscriptions go to disk undecoded; only status and labels are read.

    Args:
        robot: namespace of its nodes, below this node's; empty: this node's own.
        tell: told what happens, for people.
        on_closed: called when an episode's bag is complete.
        on_label: told the verdict on an episode whose bag is complete.
    """

    def __init__(
        self,
        node: ProductNode,
        robot: str,
        settings: RecordingSettings,
        tell: Callable[[str], object],
        on_closed: Callable[[], object],
        on_label: Callable[[str, bool], object],
    ):
        self._node, self._robot, self._settings = node, robot, settings
        self._prefix = f"{robot}/" if robot else ""
        self._tell, self._on_closed, self._on_labelled = tell, on_closed, on_label
        directory = settings.directory
        if settings.masks:
            self.recorder = EpisodeRecorder(directory, OPENING, FRAMES)
        else:
            self.recorder = EpisodeRecorder(directory, (*OPENING, *SEEN_FIRST))
        self.transitions = 0
        self._target: PoseStamped | None = None
        self._newest_episode = ""
        self._closing: Any = None
        self._seen = 0
        self._faults: FaultRecorder | None = None
        if settings.record and not settings.demonstrator:  # a person who stops the arm knows what happened
            facts = {"task": settings.task, "policy": settings.policy, "code_version": __version__}
            executor = f"{self._prefix}policy_executor"
            where = directory.parent / "faults" / robot
            self._faults = FaultRecorder(node, executor, where, OPENING, facts, node.get_logger().warning)
        self._labels = node.create_lifecycle_publisher(EpisodeLabel, f"{self._prefix}episode/label", 10)
        self._service = node.create_service(LabelEpisode, f"{self._prefix}episode/label_episode", self._on_request)
        self._streams: list[Any] = []

    def start(self) -> None:
        """Listen."""
        wanted = TOPICS | (TRUTH if self._settings.masks else {})
        self._streams = [self._subscribe(topic, *kind) for topic, kind in wanted.items()]
        target = "sim/target_pose" if self._settings.masks else "policy/target"
        self._streams.append(
            self._node.create_subscription(PoseStamped, f"{self._prefix}{target}", self._on_target, LATCHED)
        )

    def stop(self) -> None:
        """Listen no more; a running episode is closed."""
        for subscription in self._streams:
            self._node.destroy_subscription(subscription)
        self._finish()

    def close(self) -> None:
        if self._faults is not None:
            self._faults.close()
        self._node.destroy_service(self._service)
        self._node.destroy_lifecycle_publisher(self._labels)

    # streams -------------------------------------------------------------------------------------------------------

    def _subscribe(self, topic: str, kind: type, name: str) -> Any:
        callback = partial(self._on_message, topic, name)
        where = self._prefix + topic.lstrip("/")
        return self._node.create_subscription(kind, where, callback, qos_of(topic), raw=True)

    def _on_message(self, topic: str, msgtype: str, cdr: bytes) -> None:
        now = self._now()
        episode = self.recorder.episode_id
        try:
            self.recorder.write(topic, msgtype, cdr, now)
        except OSError as error:
            self._node.fault(f"episode {episode} is cut off and not kept ({error.strerror}); make room on the disk")
        if self._faults is not None:
            self._faults.put(Received(topic, msgtype, cdr, now))
        if topic == "/policy/transition":
            self.transitions += 1
        elif topic == "/episode/label":
            self._on_label(deserialize_message(cdr, EpisodeLabel))
        elif topic == "/policy/status":
            self._on_status(deserialize_message(cdr, ExecutorStatus))

    def _on_target(self, target: PoseStamped) -> None:
        self._target = target

    def _on_status(self, status: ExecutorStatus) -> None:
        if status.phase == ExecutorStatus.LOCAL_POLICY:
            if status.episode_id != self._newest_episode:
                self._begin(status.episode_id)
        elif status.phase == ExecutorStatus.IDLE and self.recorder.episode_id and self._closing is None:
            clock = Clock(clock_type=ClockType.STEADY_TIME)
            self._seen = self.transitions
            self._closing = self._node.create_timer(GRACE, self._finish_when_quiet, clock=clock)

    def _begin(self, episode_id: str) -> None:
        self._finish()
        self._newest_episode = episode_id
        if not self._settings.record:
            return
        try:
            self.recorder.begin(episode_id, self._metadata(episode_id), self._now())
        except OSError as error:
            self._node.fault(f"episode {episode_id} is not recorded: {error}")
        else:
            self._began = self._now()
            self._tell(f"recording {episode_id}")

    def _finish_when_quiet(self) -> None:
        """A busy machine may deliver late; without its last transition an episode has no end."""
        if self.transitions == self._seen:
            self._finish()
        self._seen = self.transitions

    def _finish(self) -> None:
        if self._closing is not None:
            self._node.destroy_timer(self._closing)
            self._closing = None
        if self.recorder.episode_id and self._settings.demonstrator:
            self._count_frames()
        try:
            directory = self.recorder.finish()
        except OSError as error:
            self._node.fault(f"episode {self._newest_episode} could not be written: {error}")
        else:
            if directory is not None:
                self._tell(f"wrote {directory}")
                self._on_closed()

    def _count_frames(self) -> None:
        """Tell a person whose machine is too slow for what runs on it."""
        frames = self.recorder.counts[FRAMES[0]]
        wanted = (self._now() - self._began) * 1e-9 * self._node.config.cameras.wrist.fps
        if frames < LEAST_FRAMES * wanted:
            self._node.get_logger().error(
                f"{self.recorder.episode_id} has {frames} of {wanted:.0f} camera frames: this machine is too slow; "
                "end other programs, or delete the episode"
            )

    def _metadata(self, episode_id: str) -> dict[str, Any]:
        camera, robot = self._node.config.cameras.wrist, self._node.config.robot
        target = pose_from_msg(self._target.pose) if self._target else None
        return {
            "task": self._settings.task,
            "source": self._settings.demonstrator or "deployment",
            "robot": self._robot,
            "policy": self._settings.policy,
            "seed": seed_of(episode_id),
            "code_version": __version__,
            "frames": {"base": "link_base", "tool": "link_tcp"},
            "target": target and {"position": target.position.tolist(), "quaternion": target.quaternion.tolist()},
            "image": {"width": camera.width, "height": camera.height, "encoding": "rgb8"},
            "rates": {
                "camera": camera.fps,
                "tactile": DEVICE_RATE,
                "arm_state": DEVICE_RATE,
                "policy": robot.executor.rate,
            },
        }

    def _now(self) -> int:
        return self._node.get_clock().now().nanoseconds

    # labels --------------------------------------------------------------------------------------------------------

    def _on_label(self, label: EpisodeLabel) -> None:
        try:
            known = self.recorder.label(label.episode_id, label.success, label.reason)
        except OSError as error:
            self._node.fault(f"the verdict on {label.episode_id} could not be written: {error}")
            return
        if known:
            self._tell(f"{label.episode_id} labelled {'success' if label.success else 'failure'}")
            if label.episode_id != self.recorder.episode_id:
                self._on_labelled(label.episode_id, label.success)
        elif self._settings.record:
            self._node.get_logger().warning(f"label for an unknown episode '{label.episode_id}'")

    def _on_request(self, request: LabelEpisode.Request, response: LabelEpisode.Response) -> LabelEpisode.Response:
        episode = request.episode_id or self._newest_episode
        if self._node.state != "active":
            response.message = "residual_learner is not active"
        elif not episode:
            response.message = "there has been no episode yet"
        else:
            label = EpisodeLabel(
                episode_id=episode,
                source=EpisodeLabel.OPERATOR,
                success=request.success,
                reason=request.reason or "operator",
            )
            label.header.stamp = self._node.get_clock().now().to_msg()
            self._labels.publish(label)  # comes back through episode/label, as any judge's does
            response.accepted, response.message = True, f"{episode}: {'success' if request.success else 'failure'}"
        return response
