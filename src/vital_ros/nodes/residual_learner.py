"""Node residual_learner: records every episode and, where it is to learn, has a process of its own learn from them."""

from __future__ import annotations

import sys
from pathlib import Path

from vital_msgs.msg import ResidualStatus

from vital_ros.config import share_directory
from vital_ros.learning.residual.news import Assignment, News
from vital_ros.nodes.conversions import stamp_from_nanoseconds
from vital_ros.nodes.learning import Learning
from vital_ros.nodes.lifecycle import LATCHED, NodeError, Param, ProductNode, run
from vital_ros.nodes.robot_recording import RecordingSettings, RobotRecording
from vital_ros.policy.facts import policy_facts


class ResidualLearner(ProductNode):
    """Of one robot, the one in its own namespace, or of several."""

    NAME = "residual_learner"
    PARAMETERS = (
        Param("task", "", "task being done: the name of a file in config/tasks"),
        Param("robots", "", "namespaces of the robots, such as left,right; empty: this node's own"),
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

    _robots: tuple[RobotRecording, ...] = ()
    _learning: Learning | None = None

    def configure(self) -> None:
        self._task = self.config.task(self.param("task"))
        settings = self._settings()
        self._news = News("recording" if settings.record else "idle")
        self._version = 0
        self._state = self.create_lifecycle_publisher(ResidualStatus, "residual/status", LATCHED)
        if self.param("learn"):
            self._learning = Learning(self, self._assignment(settings), self._on_news)
        self._robots = tuple(
            RobotRecording(self, robot, settings, self._tell, self._on_closed, self._on_label)
            for robot in self.param("robots").split(",")
        )

    def activate(self) -> None:
        for robot in self._robots:
            robot.start()
        if self._learning is not None:
            self._learning.start()
        self._tell("waiting for an episode")

    def deactivate(self) -> None:
        for robot in self._robots:
            robot.stop()
        if self._learning is not None:
            self._learning.stop()

    def cleanup(self) -> None:
        for robot in self._robots:
            robot.close()
        if self._learning is not None:
            self._learning.close()
            self._learning = None
        if self._robots:
            self._robots = ()
            self.destroy_lifecycle_publisher(self._state)

    def _settings(self) -> RecordingSettings:
        directory, demonstrator = Path(self.param("episodes_dir")), self.param("demonstrator")
        record = self.param("record") and self.config.residual.record
        if record:
            try:
                directory.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise NodeError(f"episodes_dir '{directory}' cannot be written: {error.strerror}") from None
        elif self.param("learn"):
            raise NodeError("learning needs episodes on the disk: record is off, set it to true")
        acting = (self._task.name, self.param("policy"), self.param("execution"))
        policy = None if demonstrator else policy_facts(*acting)
        return RecordingSettings(self._task.name, directory, record, policy, demonstrator, self.param("masks"))

    def _assignment(self, recording: RecordingSettings) -> Assignment:
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
            recording.directory.resolve(),
            recording.masks,
        )

    def _on_closed(self) -> None:
        if self._learning is not None:
            self._learning.episode_closed()

    def _on_label(self, episode: str, success: bool) -> None:
        if self._learning is not None:
            self._learning.label(episode, success)

    def _on_news(self, news: News) -> None:
        self._news = news
        if news.weights is not None:
            self._version = news.weights.version
        self._tell(news.message)

    def _tell(self, message: str) -> None:
        status = ResidualStatus(
            state=self._news.state,
            episode_id=",".join(filter(None, (robot.recorder.episode_id for robot in self._robots))),
            transitions=sum(robot.transitions for robot in self._robots),
            episodes=sum(robot.recorder.episodes for robot in self._robots),
            rejected=self._news.rejected,
            updates=self._news.updates,
            behind=self._news.behind,
            utd=self._news.utd,
            weights_version=self._version,
            message=message,
        )
        status.header.stamp = stamp_from_nanoseconds(self.get_clock().now().nanoseconds)
        self._state.publish(status)


def main() -> int:
    return run(ResidualLearner)


if __name__ == "__main__":
    sys.exit(main())
