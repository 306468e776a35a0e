"""Node residual_learner: records every episode and, where it is to learn, has a process of its own learn from them."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

from geometry_msgs.msg import PoseStamped
from rclpy.clock import Clock, ClockType
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CameraInfo, Image
from vital_msgs.msg import (
    ArmState,
    ArmStatus,
    Chunk,
    EpisodeLabel,
    ExecutorStatus,
    ResidualStatus,
    Setpoint,
    Tactile,
    Transition,
)
from vital_msgs.srv import LabelEpisode

from vital_ros import __version__
from vital_ros.bags.pairing import Received
from vital_ros.bags.recorder import EpisodeRecorder
from vital_ros.config import share_directory
from vital_ros.execution.report import seed_of
from vital_ros.learning.residual.news import Assignment, News
from vital_ros.nodes.conversions import pose_from_msg, stamp_from_nanoseconds
from vital_ros.nodes.fault_recorder import FaultRecorder
from vital_ros.nodes.learning import Learning
from vital_ros.nodes.lifecycle import LATCHED, NodeError, Param, ProductNode, run
from vital_ros.policy.facts import policy_facts

TOPICS: dict[str, tuple[type, str]] = {
    "/wrist_camera/image_raw": (Image, "sensor_msgs/msg/Image"),
    "/wrist_camera/camera_info": (CameraInfo, "sensor_msgs/msg/CameraInfo"),
    "/anyskin/tactile": (Tactile, "vital_msgs/msg/Tactile"),
    "/anyskin/baseline": (Tactile, "vital_msgs/msg/Tactile"),
    "/arm/state": (ArmState, "vital_msgs/msg/ArmState"),
    "/arm/setpoint": (Setpoint, "vital_msgs/msg/Setpoint"),
    "/arm/command": (PoseStamped, "geometry_msgs/msg/PoseStamped"),
    "/arm/status": (ArmStatus, "vital_msgs/msg/ArmStatus"),
    "/localizer/color": (Image, "sensor_msgs/msg/Image"),
    "/localizer/depth": (Image, "sensor_msgs/msg/Image"),
    "/localizer/camera_info": (CameraInfo, "sensor_msgs/msg/CameraInfo"),
    "/policy/target": (PoseStamped, "geometry_msgs/msg/PoseStamped"),
    "/policy/status": (ExecutorStatus, "vital_msgs/msg/ExecutorStatus"),
    "/policy/chunk": (Chunk, "vital_msgs/msg/Chunk"),
    "/policy/transition": (Transition, "vital_msgs/msg/Transition"),
    "/episode/label": (EpisodeLabel, "vital_msgs/msg/EpisodeLabel"),
}
TRUTH = {"/sim/wrist_mask": (Image, "sensor_msgs/msg/Image")}
"""What a simulated demonstration carries beside that."""
FRAMES = ("/wrist_camera/image_raw", "/sim/wrist_mask")
"""A frame without its mask, or a mask without its frame, is of no use."""
LATCHED_TOPICS = (
    *("/anyskin/baseline", "/policy/target", "/policy/status", "/arm/status"),
    *("/localizer/color", "/localizer/depth", "/localizer/camera_info"),
)
SEEN_FIRST = ("/wrist_camera/image_raw", "/anyskin/tactile", "/arm/state")
"""What the first tick of a policy sees may have come just before the episode was announced."""
OPENING = ("/wrist_camera/camera_info", *LATCHED_TOPICS)
"""Their newest message opens every episode."""
QUEUE = QoSProfile(depth=100)
STATUS = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
"""Nothing that was published may be missing from a bag."""
DEVICE_RATE = 100.0
"""Hz, of AnySkin's readings and of the arm's reports."""
LEAST_FRAMES = 0.5
"""Share of the camera's frames below which a demonstration shows what was, not what is."""
GRACE = 0.5
"""s after the executor's end of an episode in which its last messages may still arrive."""


class ResidualLearner(ProductNode):
    """Raw subscriptions go to disk undecoded; only status and labels are read."""

    NAME = "residual_learner"
    PARAMETERS = (
        Param("task", "", "task being done: the name of a file in config/tasks"),
        Param("record", True, "write every episode as a rosbag2 bag"),
        Param("episodes_dir", "runs/unnamed/episodes", "folder of the episodes"),
        Param("policy", "", "policy that acts, as the policy_executor is told; noted in every episode"),
        Param("execution", "", "how it is executed, as the policy_executor is told; noted in every episode"),
        Param(
            "demonstrator", "", "who moves the arm in place of the policy: keyboard, gamepad or expert; empty: nobody"
        ),
        Param("masks", False, "record the simulated cell's true masks, which training wants"),
        Param("learn", "", "folder of what is learned, continued where there is one; empty: nothing is learned"),
        Param("base", "vital_bc", "policy of models/<task> that is corrected, or the path of a .safetensors file"),
        Param("variant", "", "a variant of config/residual.yaml; empty: its defaults"),
    )

    _recorder: EpisodeRecorder | None = None
    _faults: FaultRecorder | None = None
    _learning: Learning | None = None

    def configure(self) -> None:
        self._task = self.config.task(self.param("task"))
        self._recording = self.param("record") and self.config.residual.record
        directory = Path(self.param("episodes_dir"))
        if self._recording:
            try:
                directory.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise NodeError(f"episodes_dir '{directory}' cannot be written: {error.strerror}") from None
        acting = (self._task.name, self.param("policy"), self.param("execution"))
        self._policy = None if self.param("demonstrator") else policy_facts(*acting)
        if self.param("masks"):
            self._recorder = EpisodeRecorder(directory, OPENING, FRAMES)
        else:
            self._recorder = EpisodeRecorder(directory, (*OPENING, *SEEN_FIRST))
        if self._recording and not self.param("demonstrator"):  # a person who stops the arm knows what happened
            facts = {"task": self._task.name, "policy": self._policy, "code_version": __version__}
            self._faults = FaultRecorder(self, directory.parent / "faults", OPENING, facts, self.get_logger().warning)
        self._target: PoseStamped | None = None
        self._newest_episode = ""
        self._transitions = 0
        self._closing: Any = None
        self._state = self.create_lifecycle_publisher(ResidualStatus, "/residual/status", LATCHED)
        self._labels = self.create_lifecycle_publisher(EpisodeLabel, "/episode/label", 10)
        self._news = News("recording" if self._recording else "idle")
        self._version = 0
        if self.param("learn"):
            self._learning = Learning(self, self._assignment(directory), self._on_news)
        self._service = self.create_service(LabelEpisode, "/episode/label_episode", self._on_label_request)

    def activate(self) -> None:
        qos = dict.fromkeys(LATCHED_TOPICS, LATCHED) | {"/policy/status": STATUS, "/arm/status": STATUS}
        self._streams = [
            self.create_subscription(
                kind, topic, partial(self._on_message, topic, name), qos.get(topic, QUEUE), raw=True
            )
            for topic, (kind, name) in (TOPICS | (TRUTH if self.param("masks") else {})).items()
        ]
        target = "/sim/target_pose" if self.param("masks") else "/policy/target"
        self._streams.append(self.create_subscription(PoseStamped, target, self._on_target, LATCHED))
        if self._learning is not None:
            self._learning.start()
        self._tell("waiting for an episode")

    def deactivate(self) -> None:
        for subscription in self._streams:
            self.destroy_subscription(subscription)
        self._finish()
        if self._learning is not None:
            self._learning.stop()

    def cleanup(self) -> None:
        if self._faults is not None:
            self._faults.close()
            self._faults = None
        if self._learning is not None:
            self._learning.close()
            self._learning = None
        if self._recorder is not None:
            self._recorder = None
            self.destroy_service(self._service)
            self.destroy_lifecycle_publisher(self._state)
            self.destroy_lifecycle_publisher(self._labels)

    def _assignment(self, bags: Path) -> Assignment:
        if not self._recording:
            raise NodeError("learning needs episodes on the disk: record is off, set it to true")
        settings, variant, base = self.config.residual, self.param("variant"), self.param("base")
        path = Path(base) if base.endswith(".safetensors") else share_directory("models") / self._task.name / base
        path = path.with_suffix("").resolve()
        if not path.with_suffix(".json").is_file():
            raise NodeError(f"no policy at {path} to correct; train one with ./vital train bc --task {self._task.name}")
        return Assignment(
            self._task.name,
            path,
            self.config.directory,
            settings.variant(variant) if variant else settings,
            Path(self.param("learn")).resolve(),
            bags.resolve(),
            self.param("masks"),
        )

    def _on_news(self, news: News) -> None:
        self._news = news
        if news.weights is not None:
            self._version = news.weights.version
        self._tell(news.message)

    # streams -------------------------------------------------------------------------------------------------------

    def _on_message(self, topic: str, msgtype: str, cdr: bytes) -> None:
        now = self._now()
        self._recorder.write(topic, msgtype, cdr, now)
        if self._faults is not None:
            self._faults.put(Received(topic, msgtype, cdr, now))
        if topic == "/policy/transition":
            self._transitions += 1
        elif topic == "/episode/label":
            self._on_label(deserialize_message(cdr, EpisodeLabel))
        elif topic == "/policy/status":
            self._on_status(deserialize_message(cdr, ExecutorStatus))

    def _on_status(self, status: ExecutorStatus) -> None:
        if status.phase == ExecutorStatus.LOCAL_POLICY:
            if status.episode_id != self._newest_episode:
                self._begin(status.episode_id)
        elif status.phase == ExecutorStatus.IDLE and self._recorder.episode_id and self._closing is None:
            self._closing = self.create_timer(GRACE, self._finish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _begin(self, episode_id: str) -> None:
        self._finish()
        self._newest_episode = episode_id
        if not self._recording:
            return
        try:
            self._recorder.begin(episode_id, self._metadata(episode_id), self._now())
        except OSError as error:
            self.fault(f"episode {episode_id} is not recorded: {error}")
        else:
            self._began = self._now()
            self._tell(f"recording {episode_id}")

    def _finish(self) -> None:
        if self._closing is not None:
            self.destroy_timer(self._closing)
            self._closing = None
        if self._recorder.episode_id and self.param("demonstrator"):
            self._count_frames()
        try:
            directory = self._recorder.finish()
        except OSError as error:
            self.fault(f"episode {self._newest_episode} could not be written: {error}")
        else:
            if directory is not None:
                self._tell(f"wrote {directory}")
                if self._learning is not None:
                    self._learning.episode_closed()

    def _count_frames(self) -> None:
        """Tell a person whose machine is too slow for what runs on it."""
        frames = self._recorder.counts[FRAMES[0]]
        wanted = (self._now() - self._began) * 1e-9 * self.config.cameras.wrist.fps
        if frames < LEAST_FRAMES * wanted:
            self.get_logger().error(
                f"{self._recorder.episode_id} has {frames} of {wanted:.0f} camera frames: this machine is too slow; "
                "end other programs, or delete the episode"
            )

    def _on_target(self, target: PoseStamped) -> None:
        self._target = target

    def _metadata(self, episode_id: str) -> dict[str, Any]:
        camera, robot = self.config.cameras.wrist, self.config.robot
        target = pose_from_msg(self._target.pose) if self._target else None
        return {
            "task": self._task.name,
            "source": self.param("demonstrator") or "deployment",
            "policy": self._policy,
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

    # labels --------------------------------------------------------------------------------------------------------

    def _on_label(self, label: EpisodeLabel) -> None:
        if self._recorder.label(label.episode_id, label.success, label.reason):
            self._tell(f"{label.episode_id} labelled {'success' if label.success else 'failure'}")
            if self._learning is not None and label.episode_id != self._recorder.episode_id:
                self._learning.label(label.episode_id, label.success)
        elif self._recording:
            self.get_logger().warning(f"label for an unknown episode '{label.episode_id}'")

    def _on_label_request(
        self, request: LabelEpisode.Request, response: LabelEpisode.Response
    ) -> LabelEpisode.Response:
        episode = request.episode_id or self._newest_episode
        if self.state != "active":
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
            label.header.stamp = self.get_clock().now().to_msg()
            self._labels.publish(label)  # comes back through /episode/label, as any judge's does
            response.accepted, response.message = True, f"{episode}: {'success' if request.success else 'failure'}"
        return response

    # status --------------------------------------------------------------------------------------------------------

    def _tell(self, message: str) -> None:
        status = ResidualStatus(
            state=self._news.state,
            episode_id=self._recorder.episode_id,
            transitions=self._transitions,
            episodes=self._recorder.episodes,
            rejected=self._news.rejected,
            updates=self._news.updates,
            behind=self._news.behind,
            utd=self._news.utd,
            weights_version=self._version,
            message=message,
        )
        status.header.stamp = stamp_from_nanoseconds(self._now())
        self._state.publish(status)

    def _now(self) -> int:
        return self.get_clock().now().nanoseconds


def main() -> int:
    return run(ResidualLearner)


if __name__ == "__main__":
    sys.exit(main())
