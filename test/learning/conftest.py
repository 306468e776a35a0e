"""Tiny synthetic episodes whose every number says where it came from."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from vital_ros.bags import EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.config import share_directory
from vital_ros.geometry import Pose
from vital_ros.observation import ObservationSpec

START = 1_000_000_000
SIZE = 32


@pytest.fixture
def spec() -> ObservationSpec:
    return ObservationSpec(raw_width=40, raw_height=SIZE, image_size=SIZE, tactile_scale=(100.0,) * 15)


@pytest.fixture
def write_episode(tmp_path: Path) -> Callable[..., Path]:
    """An episode in <tmp>/demos: the arm sinks `speed` m/s with the tool pointing down, until `stop` s; the first row
    of each image is as grey as its frame's number, below grows a bar; its mask covers the columns left of that number;
    each tactile reading is its time in ms; the hand closes slowly from `opening`."""

    def write(
        name: str,
        duration: float = 1.5,
        speed: float = 0.03,
        opening: float = 0.5,
        stop: float = 9.0,
        masked: bool = True,
        **metadata: object,
    ) -> Path:
        facts = {"task": "key_lock", "success": True, **metadata}
        with EpisodeWriter(tmp_path / "demos" / name, facts) as writer:
            for k in range(int(duration * 30) + 1):
                stamp = START + round(k * 1e9 / 30)
                image = np.full((SIZE, 40, 3), k, np.uint8)
                image[8:, : k * 2 // 3] = 200
                mask = np.where(np.arange(40) < k % SIZE, 255, 0).astype(np.uint8) * np.ones((SIZE, 1), np.uint8)
                writer.write("/wrist_camera/image_raw", m.image_message(image, "rgb8", stamp, "wrist"), stamp)
                if masked:
                    writer.write("/sim/wrist_mask", m.image_message(mask, "mono8", stamp, "wrist"), stamp)
            for k in range(int(duration * 100) + 1):
                stamp = START + k * 10_000_000
                time = k * 0.01
                pose = Pose([0.4, 0.0, 0.3 - speed * min(time, stop)], [1, 0, 0, 0])
                writer.write("/anyskin/tactile", m.tactile_message(np.full((2, 15), 1e3 * time), stamp), stamp)
                writer.write("/arm/state", m.arm_state_message(pose, opening - time / 6, stamp), stamp)
            writer.write("/anyskin/baseline", m.tactile_message(np.full((2, 15), -5.0), START), START)
        return tmp_path / "demos"

    return write


@pytest.fixture
def tiny_config(tmp_path: Path) -> Path:
    """The installed configuration with the synthetic episodes' camera and a tiny policy, preset "quick"."""
    folder = tmp_path / "config"
    shutil.copytree(share_directory("config"), folder)
    cameras = yaml.safe_load((folder / "cameras.yaml").read_text())
    cameras["wrist"] |= {"width": 40, "height": 32}
    (folder / "cameras.yaml").write_text(yaml.safe_dump(cameras))
    preset = {"iterations": 2, "batch_size": 2, "learning_rate": 1e-4}
    network = {"width": 32, "keypoints": 8, "layers": 1, "heads": 2}
    policy = {"name": "vital_bc", "network": network, "presets": {"quick": preset}}
    (folder / "policies" / "vital_bc.yaml").write_text(yaml.safe_dump(policy))
    return folder
