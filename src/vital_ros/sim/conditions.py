"""Conditions: under which scenes, places and objects a policy is judged. config/conditions.yaml, config/scenes/."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from vital_ros.config import Config, ConfigError
from vital_ros.config.base import Model, load_yaml
from vital_ros.sim.instance import Instance
from vital_ros.sim.place import Place
from vital_ros.sim.scenes import Scene, check_scene, load_scene


class Combination(NamedTuple):
    """What one trial takes place in."""

    scene_name: str
    place_name: str
    """Empty: the scene's own."""
    object_name: str
    """Empty: the scene's own."""
    scene: Scene

    @property
    def label(self) -> str:
        return ", ".join(name for name in self[:3] if name)


class Condition(NamedTuple):
    """Episode i of a run takes combination i modulo their number."""

    name: str
    title: str
    combinations: tuple[Combination, ...]

    def of_episode(self, index: int) -> Combination:
        return self.combinations[index % len(self.combinations)]


class ConditionConfig(Model):
    """One entry of config/conditions.yaml: every scene with every place with every object, the objects fastest."""

    title: str
    scenes: tuple[str, ...] = Field(min_length=1)
    """Files of config/scenes, without .yaml."""
    places: dict[str, Place] = {}
    """By name; none: each scene's own target. A scene's distractors go where its target goes."""
    objects: dict[str, Instance] = {}
    """By name; none: each scene's own object."""
    not_for: dict[str, tuple[str, ...]] = {}
    """Task: places that it cannot have."""


class ConditionsFile(Model):
    """config/conditions.yaml"""

    conditions: dict[str, ConditionConfig]


def condition_names(config: Config) -> list[str]:
    """All conditions of the configuration, in its order. Raise ConfigError."""
    return list(load_yaml(ConditionsFile, config.directory / "conditions.yaml").conditions)


def load_condition(config: Config, name: str, task: str) -> Condition:
    """A condition of the configuration, for a task.

    Raises:
        ConfigError: the condition does not exist or cannot be used for this task.
    """
    path = config.directory / "conditions.yaml"
    known = load_yaml(ConditionsFile, path).conditions
    if name not in known:
        raise ConfigError(f"unknown condition '{name}'; {path} has: {', '.join(known)}")
    entry, source = known[name], f"{path}: {name}"
    scenes = {scene: _scene(config.directory, scene, source) for scene in entry.scenes}
    if wrong := [place for places in entry.not_for.values() for place in places if place not in entry.places]:
        raise ConfigError(f"{source}.not_for: no place '{wrong[0]}' here; there are: {', '.join(entry.places)}")
    places = [place for place in entry.places if place not in entry.not_for.get(task, ())]
    if entry.places and not places:
        raise ConfigError(f"{source} has no place left for {task}")
    combinations = []
    for scene_name, place_name, object_name in product(scenes, places or [""], entry.objects or [""]):
        scene = scenes[scene_name]
        if place_name:
            scene = scene.moved_to(entry.places[place_name])
        if object_name:
            scene = scene.model_copy(update={"object": entry.objects[object_name]})
        combination = Combination(scene_name, place_name, object_name, scene)
        check_scene(scene, task, config, f"{source} ({combination.label})")
        combinations.append(combination)
    return Condition(name, entry.title, tuple(combinations))


def scene_condition(config: Config, path: Path, task: str) -> Condition:
    """The condition that is one scene file. Raise ConfigError."""
    scene = load_scene(path)
    check_scene(scene, task, config, str(path))
    return Condition(path.stem, scene.title or path.stem, (Combination(path.stem, "", "", scene),))


def _scene(directory: Path, name: str, source: str) -> Scene:
    path = directory / "scenes" / f"{name}.yaml"
    if not path.is_file():
        known = sorted(file.stem for file in path.parent.glob("*.yaml"))
        raise ConfigError(f"{source}.scenes: no scene '{name}'; {path.parent} has: {', '.join(known)}")
    return load_scene(path)
