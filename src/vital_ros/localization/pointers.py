"""The pointer that config/localizer.yaml names."""

from __future__ import annotations

from vital_ros.config import Config
from vital_ros.localization.openai_pointer import OpenAIPointer
from vital_ros.localization.pointer import Pointer
from vital_ros.localization.registered_pointer import RegisteredPointer
from vital_ros.localization.registry import load_objects


def make_pointer(config: Config) -> Pointer:
    """Raise ConfigError when an object, or an option, cannot be used."""
    chosen = config.localizer
    if chosen.pointer == "openai":
        return OpenAIPointer(chosen.openai)
    objects = load_objects(config.directory / "objects")
    return RegisteredPointer(objects, config.robot.arm.workspace, chosen.registered.threshold)
