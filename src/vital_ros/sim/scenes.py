"""Scenes: where the target is, which object it is and how all looks, as a YAML file. See docs/scenes.md."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import cv2
import numpy as np
import yaml
from scipy.spatial.transform import Rotation

from vital_ros.config import Config, ConfigError
from vital_ros.config.base import Model, parse, read_yaml
from vital_ros.sim.appearance import Appearance
from vital_ros.sim.instance import Instance
from vital_ros.sim.place import Place
from vital_ros.sim.tasks import make_task

LOWEST = 0.01
"""m above the table for a target frame."""
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")


class Scene(Model):
    """One scene; the default is the demonstrations'."""

    title: str = ""
    target: Place = Place()
    appearance: Appearance = Appearance()
    object: Instance = Instance()

    def moved_to(self, target: Place) -> Scene:
        """The same scene around another target: the distractors go and turn with it."""
        turn = Rotation.from_euler("z", target.yaw - self.target.yaw)
        things = []
        for thing in self.appearance.distractors:
            x, y, _ = turn.apply([*np.subtract(thing.position, self.target.position), 0.0])
            position = (target.position[0] + float(x), target.position[1] + float(y))
            yaw = thing.yaw + target.yaw - self.target.yaw
            things.append(thing.model_copy(update={"position": position, "yaw": yaw}))
        look = self.appearance.model_copy(update={"distractors": tuple(things)})
        return self.model_copy(update={"target": target, "appearance": look})


def load_scene(path: Path) -> Scene:
    """Read a scene file. Textures are looked for beside it.

    Raises:
        ConfigError: names file, key and reason.
    """
    data = read_yaml(path)
    look = data.get("appearance") if isinstance(data, dict) else None
    if isinstance(look, dict):
        found = dict(look)
        if isinstance(look.get("texture"), str):
            found["texture"] = path.parent / look["texture"]
            _check_picture(found["texture"], f"{path}: appearance.texture")
        if "textures" in look:
            found["textures"] = _pictures_of(look["textures"], path)
        data = {**data, "appearance": found}  # type: ignore[dict-item]
    return parse(Scene, data, str(path))


def write_scene(scene: Scene, path: Path) -> None:
    """Write a scene file that means the same wherever it lies. Raise OSError."""
    data, look = scene.model_dump(mode="json", exclude_defaults=True), scene.appearance
    if look.texture:
        data["appearance"]["texture"] = str(look.texture.absolute())
    if look.textures:
        data["appearance"]["textures"] = str(look.textures[0].parent.absolute())
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


def check_scene(scene: Scene, task_name: str, config: Config, source: str) -> None:
    """Raise ConfigError, naming `source`, where the task cannot be done at the scene's target."""
    task, limits = make_task(task_name, scene.object), config.task(task_name)
    frame = scene.target.pose(task)
    if frame.position[2] < LOWEST - 1e-9:
        raise ConfigError(
            f"{source}: target.lift = {scene.target.lift:g}: the target of {task_name} would be "
            f"{frame.position[2]:.3f} m above the table: it should be at least {LOWEST - task.height:g}"
        )
    half = np.array(limits.start_box.size) / 2
    corners = [np.array(limits.start_box.center) + half * signs for signs in product((-1, 1), repeat=3)]
    box = config.robot.arm.workspace
    for what, points in (("start box", corners), ("goal", [np.array(limits.goal)])):
        for point in frame.apply(np.array(points)):
            for axis, value, low, high in zip("xyz", point, box.min, box.max, strict=True):
                if not low - 1e-9 <= value <= high + 1e-9:
                    x, y = scene.target.position
                    raise ConfigError(
                        f"{source}: target.position = ({x:g}, {y:g}): the {what} of {task_name} would reach "
                        f"{axis} = {value:.3f} m, outside arm.workspace of robot.yaml ({low:g} to {high:g})"
                    )


def _pictures_of(folder: object, path: Path) -> list[Path]:
    """All pictures of a folder that a scene file names, by name."""
    key = f"{path}: appearance.textures"
    if not isinstance(folder, str) or not (path.parent / folder).is_dir():
        raise ConfigError(f"{key} = {folder!r}: it should be a folder of pictures, and is none")
    pictures = sorted(file for file in (path.parent / folder).iterdir() if file.suffix.lower() in PICTURES)
    if not pictures:
        raise ConfigError(f"{key} = {folder!r}: no picture in it ({', '.join(PICTURES)})")
    for picture in pictures:
        _check_picture(picture, key)
    return pictures


def _check_picture(path: Path, key: str) -> None:
    if not path.is_file():
        raise ConfigError(f"{key} = '{path}': no such file")
    if cv2.imread(str(path), cv2.IMREAD_REDUCED_COLOR_8) is None:
        raise ConfigError(f"{key} = '{path}': not a readable picture")
