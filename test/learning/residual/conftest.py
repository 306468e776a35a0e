import shutil
from pathlib import Path

import pytest
import torch
import yaml

from vital_ros.config import Config, NetworkConfig, load_config, share_directory
from vital_ros.policy import ActionSpec, Card, VisuoTactilePolicy, save_checkpoint
from vital_ros.policy.contract import observation_contract


@pytest.fixture
def short_config(tmp_path: Path) -> Config:
    """The installed configuration; pick_block, whose empty hand can drop nothing, has one second."""
    folder = tmp_path / "config"
    shutil.copytree(share_directory("config"), folder)
    task = yaml.safe_load((folder / "tasks" / "pick_block.yaml").read_text())
    (folder / "tasks" / "pick_block.yaml").write_text(yaml.safe_dump(task | {"time_limit": 1.0}))
    return load_config(folder)


@pytest.fixture
def base(tmp_path: Path, short_config: Config) -> Path:
    """An untrained policy of few weights."""
    torch.manual_seed(0)
    network = NetworkConfig(width=32, keypoints=8, layers=1, heads=2)
    observation = observation_contract(short_config, (100.0,) * 15)
    action = ActionSpec(translation_scale=0.0105, rotation_scale=0.05, still=(3, 4, 5))
    card = Card(task="pick_block", policy="tiny", network=network, observation=observation, action=action)
    save_checkpoint(tmp_path / "tiny", VisuoTactilePolicy(network), card)
    return tmp_path / "tiny"
