"""The pointer that config/localizer.yaml names."""

from __future__ import annotations

from importlib import import_module

from vital_ros.config import Config
from vital_ros.localization.chat_client import ChatClient
from vital_ros.localization.model_pointer import ModelPointer
from vital_ros.localization.pointer import Pointer
from vital_ros.localization.registered_pointer import RegisteredPointer
from vital_ros.localization.registry import load_objects


def make_pointer(config: Config) -> Pointer:
    """Ready to work: a network is loaded. Raise ConfigError when an object, an option or a network cannot be used."""
    chosen = config.localizer
    if chosen.pointer == "registered":
        objects = load_objects(config.directory / "objects")
        return RegisteredPointer(objects, config.robot.arm.workspace, chosen.registered.threshold)
    if chosen.pointer == "openai":
        return ModelPointer(ChatClient(chosen.openai), chosen.openai)
    network = import_module(f"vital_ros.localization.neural.{chosen.pointer}")
    pointer: Pointer = network.make(getattr(chosen, chosen.pointer))
    return pointer
