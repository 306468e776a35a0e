"""The pointer that config/localizer.yaml names."""

from __future__ import annotations

from vital_ros.config import Config
from vital_ros.localization.pointer import Pointer
from vital_ros.localization.registered_pointer import RegisteredPointer
from vital_ros.localization.registry import load_objects


def make_pointer(config: Config) -> Pointer:
    """Packages and weights of the others are touched only when they are chosen.

    Raises:
        ConfigError: an object, or an option, cannot be used.
        MissingExtra: packages or weights are not here.
    """
    chosen = config.localizer
    if chosen.pointer == "openai":
        from vital_ros.localization.openai_pointer import OpenAIPointer

        return OpenAIPointer(chosen.openai)
    if chosen.pointer == "molmo":
        from vital_ros.localization.neural.molmo import make_molmo

        return make_molmo(chosen.molmo)
    if chosen.pointer in ("owlv2", "grounding_dino"):
        from vital_ros.localization.neural.detectors import make_detector

        return make_detector(chosen.pointer, getattr(chosen, chosen.pointer))
    objects = load_objects(config.directory / "objects")
    return RegisteredPointer(objects, config.robot.arm.workspace, chosen.registered.threshold)
