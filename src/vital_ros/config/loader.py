"""Finds and loads a configuration directory."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from vital_ros.config.base import ConfigError, load_yaml
from vital_ros.config.cameras import CamerasConfig
from vital_ros.config.localizer import LocalizerConfig
from vital_ros.config.policy import PolicyConfig
from vital_ros.config.residual import ResidualConfig
from vital_ros.config.robot import RobotConfig
from vital_ros.config.task import TaskConfig

Named = TypeVar("Named", TaskConfig, PolicyConfig)


def share_directory(name: str) -> Path:
    """Directory `config`, `models` or `launch` of this checkout, or of the installed ROS package.

    Raises:
        ConfigError: neither holds it.
    """
    checkout = Path(__file__).resolve().parents[3] / name
    prefixes = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
    installed = [Path(prefix) / "share" / "vital_ros" / name for prefix in prefixes if prefix]
    for candidate in (checkout, *installed):
        if candidate.is_dir():
            return candidate
    raise ConfigError(f"directory '{name}' of vital_ros not found; build the workspace or run from a checkout")


class Config:
    """A configuration directory, validated where it is read.

    Attributes:
        directory: where it was read from.
        robot, cameras, localizer, residual: the directory's fixed files.
    """

    def __init__(self, directory: Path):
        if not directory.is_dir():
            raise ConfigError(f"configuration directory '{directory}' does not exist")
        self.directory = directory
        self.robot = load_yaml(RobotConfig, directory / "robot.yaml")
        self.cameras = load_yaml(CamerasConfig, directory / "cameras.yaml")
        self.localizer = load_yaml(LocalizerConfig, directory / "localizer.yaml")
        self.residual = load_yaml(ResidualConfig, directory / "residual.yaml")

    def task(self, name: str) -> TaskConfig:
        """Raise ConfigError for an unknown or invalid task."""
        return self._named(TaskConfig, "tasks", name)

    def policy(self, name: str) -> PolicyConfig:
        """Raise ConfigError for an unknown or invalid policy preset."""
        return self._named(PolicyConfig, "policies", name)

    def names(self, kind: str) -> list[str]:
        """Names of all files of a kind (`tasks` or `policies`)."""
        return sorted(path.stem for path in (self.directory / kind).glob("*.yaml"))

    def _named(self, model: type[Named], kind: str, name: str) -> Named:
        names = self.names(kind)
        if name not in names:
            close = get_close_matches(name, names, n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            singular = {"tasks": "task", "policies": "policy"}[kind]
            raise ConfigError(f"unknown {singular} '{name}'; known: {', '.join(names)}{hint}")
        loaded = load_yaml(model, self.directory / kind / f"{name}.yaml")
        if loaded.name != name:
            raise ConfigError(f"{self.directory / kind / name}.yaml: name = '{loaded.name}': it should be '{name}'")
        return loaded


def load_config(directory: str | Path | None = None) -> Config:
    """Load a configuration directory; the installed one when none is given. Raise ConfigError."""
    return Config(Path(directory) if directory else share_directory("config"))
