"""Configuration: typed once, validated where it is read."""

from vital_ros.config.base import ConfigError
from vital_ros.config.cameras import Calibrated, CamerasConfig, ThirdCamera, WristCamera
from vital_ros.config.loader import Config, load_config, share_directory
from vital_ros.config.policy import AugmentationConfig, NetworkConfig, PolicyConfig, TrainingPreset
from vital_ros.config.residual import ResidualConfig
from vital_ros.config.robot import ArmConfig, ExecutorConfig, RobotConfig, TactileConfig
from vital_ros.config.task import TaskConfig

__all__ = [
    "ArmConfig",
    "AugmentationConfig",
    "Calibrated",
    "CamerasConfig",
    "Config",
    "ConfigError",
    "ExecutorConfig",
    "NetworkConfig",
    "PolicyConfig",
    "ResidualConfig",
    "RobotConfig",
    "TactileConfig",
    "TaskConfig",
    "ThirdCamera",
    "TrainingPreset",
    "WristCamera",
    "load_config",
    "share_directory",
]
