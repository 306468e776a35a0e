"""A recorded episode as replay needs it: what the executor saw at each step, and what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.bags import EpisodeError, EpisodeReader
from vital_ros.bags import messages as m
from vital_ros.config import Config, TaskConfig
from vital_ros.geometry import Pose
from vital_ros.observation import ObservationSpec
from vital_ros.playback.sightings import image_index, pose_index, touch_index

IMAGE, TOUCH, ARM = "/wrist_camera/image_raw", "/anyskin/tactile", "/arm/state"
CAMERA_INFO, BASELINE = "/wrist_camera/camera_info", "/anyskin/baseline"
POLICY = 0
"""Source of a setpoint, as in vital_msgs/Setpoint."""
LOCALIZER = {"color": "/localizer/color", "depth": "/localizer/depth", "camera_info": "/localizer/camera_info"}


@dataclass(frozen=True)
class Step:
    """One executed tick of the recorded run.

    Attributes:
        index: deadlines since the first step.
        stamp_ns: of the newest message that it saw.
        image: the bytes that the network saw.
        touch: (values,), scaled as the policy's card says.
        action: (7,), physical, what was executed: base action and residual.
        setpoint: link_tcp in link_base, asked of the gate.
        seen: by topic, how many messages of its stream the executor had received.
    """

    index: int
    stamp_ns: int
    image: bytes
    touch: NDArray[np.float32]
    action: NDArray[np.float64]
    setpoint: Pose
    seen: Mapping[str, int]


class RecordedEpisode:
    """Attributes:
        reader: of the bag.
        task: its name.
        policy: facts of the policy that acted (`vital_ros.policy.facts`); None for bags that do not tell.
        target: task's target frame in link_base as it was found.
        seed: of the start pose; -1: drawn at random.
        label: verdict, None if there was none.
        localizable: whether the images are there in which the object was found.
        steps: oldest first, indices from 0.

    Raises:
        EpisodeError: the bag is damaged, or lacks what replay needs.
    """

    def __init__(self, directory: str | Path):
        self.reader = EpisodeReader(directory)
        facts = self.reader.metadata
        self.task = str(facts.get("task"))
        self.policy: dict[str, Any] | None = facts.get("policy")
        self.seed = seed if isinstance(seed := facts.get("seed"), int) else -1
        self.period_ns = round(1e9 / float((facts.get("rates") or {}).get("policy", 6.0)))
        self.localizable = set(LOCALIZER.values()) <= set(self.reader.topics)
        labels = self.reader.stream("/episode/label").messages if "/episode/label" in self.reader.topics else []
        self.label: Any = labels[-1] if labels else None
        self.target = m.pose_of(self._messages("/policy/target")[-1].pose)
        self._baseline = self._messages(BASELINE)[-1]
        self.steps = self._steps()

    @property
    def start_ns(self) -> int:
        """Time of step 0 on a schedule on which nothing that a step saw is older than it was then."""
        return min(step.stamp_ns - step.index * self.period_ns for step in self.steps)

    def stopped(self) -> str:
        """The rule that stopped the arm in the recorded run, empty if none did."""
        if "/arm/status" not in self.reader.topics:
            return ""
        return next((status.rule for status in self.reader.stream("/arm/status").messages if status.rule), "")

    def point(self, task: TaskConfig) -> NDArray[np.float64]:
        """What the localizer had answered, m in link_base, shape (3,)."""
        return self.target.position - self.target.rotation.apply(task.target_offset)

    def target_yaw(self, task: TaskConfig) -> float:
        """rad by which the target was turned beyond its task file."""
        turn = self.target.rotation * Rotation.from_euler("z", task.target_yaw).inv()
        return float(turn.as_euler("zyx")[0])

    def check(self, config: Config) -> None:
        """Raise EpisodeError when this configuration's ticks are not those of the recorded run."""
        period = round(1e9 / config.robot.executor.rate)
        if period != self.period_ns:
            raise EpisodeError(
                f"{self.reader.directory} was recorded at {1e9 / self.period_ns:g} Hz; "
                f"robot.yaml: executor.rate = {config.robot.executor.rate:g}"
            )

    # reading -------------------------------------------------------------------------------------------------------

    def _messages(self, topic: str) -> list[Any]:
        messages = self.reader.stream(topic).messages
        if not messages:
            raise EpisodeError(f"{self.reader.directory} has no message on {topic}")
        return messages

    def _steps(self) -> list[Step]:
        rows = [row for row in self._messages("/policy/transition") if not (row.terminated or row.truncated)]
        asked = [s for s in self._messages("/arm/setpoint") if s.source == POLICY and not s.last]
        asked_ns = np.array([m.stamp_ns(setpoint) for setpoint in asked])
        spec = ObservationSpec.model_validate(self.policy["observation"]) if self.policy else None
        streams = {topic: self.reader.stream(topic) for topic in (IMAGE, TOUCH, ARM)}
        steps: list[Step] = []
        newest, first = dict.fromkeys((IMAGE, TOUCH, ARM), 0), 0
        for row in rows:
            stamp = m.stamp_ns(row)
            sent = int(np.searchsorted(asked_ns, stamp, side="right")) - 1
            told = m.stamp_ns_of(asked[sent].observation_stamp)
            frame = image_index(streams[IMAGE].stamps_ns, told) if sent >= 0 else None
            if frame is None:  # both may have come before the recorder listened
                continue
            touch = touch_index(streams[TOUCH], self._baseline, row.tactile, stamp, spec)
            pose = pose_index(streams[ARM], m.pose_of(row.pose), stamp)
            seen = {IMAGE: frame + 1, TOUCH: touch + 1, ARM: pose + 1}
            newest = {topic: max(newest[topic], count) for topic, count in seen.items()}
            first = first if steps else row.step
            steps.append(
                Step(
                    index=row.step - first,
                    stamp_ns=max(int(s.stamps_ns[newest[t] - 1]) for t, s in streams.items()),
                    image=row.image.tobytes(),
                    touch=np.asarray(row.tactile, dtype=np.float32),
                    action=np.add(row.base_action, row.residual_action, dtype=np.float64),
                    setpoint=m.pose_of(asked[sent].pose),
                    seen=newest,
                )
            )
        if not steps:
            raise EpisodeError(
                f"{self.reader.directory} holds no step of a policy, so there is nothing to compare with"
            )
        return steps
