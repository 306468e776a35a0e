"""A small episode of a policy whose every number says where it came from."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vital_ros.bags import EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.bags.types import message
from vital_ros.geometry import Pose
from vital_ros.observation import ObservationSpec, preprocess_image, preprocess_tactile

START = 1_000 * 10**9
"""ns, of the first tick."""
PERIOD = round(1e9 / 6)
SPEC = ObservationSpec(raw_width=20, raw_height=16, image_size=16, tactile_scale=(100.0,) * 15)
BASELINE = np.full((2, 15), -5.0)
TARGET = Pose([0.45, 0.01, 0.05], [0.0, 0.0, np.sin(0.15), np.cos(0.15)])
FACTS = {
    "task": "key_lock",
    "seed": 7,
    "rates": {"policy": 6.0},
    "policy": {
        "name": "tiny",
        "execution": "newest",
        "weights_sha256": "00",
        "observation": SPEC.model_dump(mode="json"),
        "action": {"frame": "tool", "translation_scale": 0.005, "rotation_scale": 0.02},
    },
}


def frame(k: int) -> np.ndarray:
    return np.full((16, 20, 3), k, np.uint8)


def field(k: int) -> np.ndarray:
    return np.full((2, 15), float(k), np.float32)


def pose(k: int) -> Pose:
    return Pose([0.4, 0.0, 0.2 - 1e-4 * k], [1.0, 0.0, 0.0, 0.0])


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., Path]:
    """Frames at 30 Hz, touch and arm at 100 Hz; each step saw what was newest, `late` ns more behind schedule each."""

    def write(
        steps: tuple[int, ...] = (0, 1, 2, 3),
        late: int = 0,
        first_frame: int = 0,
        facts: dict | None = None,
        label: bool = True,
    ) -> Path:
        directory = tmp_path / "episode"
        with EpisodeWriter(directory, FACTS if facts is None else facts) as writer:

            def put(topic: str, msg: object, stamp: int) -> None:
                writer.write(topic, msg, stamp)

            put("/anyskin/baseline", m.tactile_message(BASELINE, START - 10**9), START)
            at = message(
                "geometry_msgs/msg/PoseStamped",
                header=m.header(START - 10**9, "link_base"),
                pose=m.pose_message(TARGET),
            )
            put("/policy/target", at, START)
            end = START + (steps[-1] + 1) * PERIOD
            origin = START - 200_000_000
            for k in range(first_frame, (end - origin) * 30 // 10**9):
                stamp = origin + k * 10**9 // 30
                put("/wrist_camera/image_raw", m.image_message(frame(k), "rgb8", stamp, "wrist"), stamp)
                info = m.camera_info_message(20, 16, np.eye(3), [0.0] * 4, "equidistant", stamp, "wrist")
                put("/wrist_camera/camera_info", info, stamp)
            for k in range((end - origin) // 10_000_000):
                stamp = origin + k * 10_000_000
                put("/anyskin/tactile", m.tactile_message(field(k), stamp), stamp)
                put("/arm/state", m.arm_state_message(pose(k), 0.5, stamp), stamp)
            for index in steps:
                _write_step(put, index, START + index * PERIOD + late * index, origin)
            if label:
                put("/episode/label", m.label_message("e", True, "success", end), end)
        return directory

    return write


def _write_step(put: Callable, index: int, now: int, origin: int) -> None:
    k_frame, k = (now - origin) * 30 // 10**9, (now - origin) // 10_000_000
    seen = origin + k_frame * 10**9 // 30
    after = now + 40_000_000  # the network took its time
    setpoint = message(
        "vital_msgs/msg/Setpoint",
        header=m.header(after, "link_base"),
        source=0,
        sequence=index,
        pose=m.pose_message(pose(k + 5)),
        gripper_opening=0.0,
        duration=1 / 6,
        last=False,
        observation_stamp=m.time_message(seen + 120),  # as a double of seconds would have it
    )
    put("/arm/setpoint", setpoint, after)
    row = message(
        "vital_msgs/msg/Transition",
        header=m.header(after + 1_000_000, "link_base"),
        task="key_lock",
        episode_id="e",
        step=index,
        image=preprocess_image(frame(k_frame), SPEC).reshape(-1),
        tactile=preprocess_tactile(field(k), BASELINE, SPEC),
        pose=m.pose_message(pose(k)),
        target=m.pose_message(TARGET),
        base_action=np.full(7, 1e-3 * (index + 1), np.float32),
        residual_action=np.zeros(7, np.float32),
        weights_version=0,
        terminated=False,
        truncated=False,
    )
    put("/policy/transition", row, after + 1_000_000)
