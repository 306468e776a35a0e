"""Registered objects: what a person showed once. See config/objects/*.yaml."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import Field

from vital_ros.config.base import ConfigError, Model, Number, load_yaml

MIN_SIZE = 16
"""px, smallest edge of a crop."""


class ObjectCard(Model):
    """config/objects/<name>.yaml; the crop lies beside it as <name>.png."""

    label: str = Field(min_length=1)
    """What the object is called, e.g. 'key lock'."""
    aliases: tuple[str, ...] = ()
    """Other names for it."""
    point: tuple[Number, Number]
    """px (u, v) in the crop: the point of interest, e.g. the keyhole."""

    def matches(self, query: str) -> bool:
        """Whether a query names this object: by label or alias, or by a phrase that contains one."""
        words = _words(query)
        return any(_contains(words, _words(name)) for name in (self.label, *self.aliases))


class RegisteredObject:
    """A card with its crop, RGB, shape (h, w, 3)."""

    def __init__(self, card: ObjectCard, crop: NDArray[np.uint8]):
        """Raise ConfigError when the point lies outside the crop."""
        height, width = crop.shape[:2]
        if not (0 <= card.point[0] < width and 0 <= card.point[1] < height):
            raise ConfigError(f"object '{card.label}': point {card.point} lies outside its {width} x {height} px crop")
        self.card = card
        self.crop = crop


def load_objects(directory: Path) -> list[RegisteredObject]:
    """All objects of a directory, by file name; none when it does not exist. Raise ConfigError."""
    objects = []
    for path in sorted(directory.glob("*.yaml")):
        card = load_yaml(ObjectCard, path)
        objects.append(RegisteredObject(card, read_image(path.with_suffix(".png"))))
    return objects


def read_image(path: Path) -> NDArray[np.uint8]:
    """An image file as RGB, shape (H, W, 3). Raise ConfigError."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ConfigError(f"{path}: no readable image; ./vital register makes one of a registered object")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def cut_out(
    image: NDArray[np.uint8],
    label: str,
    aliases: tuple[str, ...],
    point: tuple[float, float],
    size: tuple[int, int],
) -> RegisteredObject:
    """Register what lies around a pixel of an RGB image, shape (H, W, 3).

    Args:
        point: px (u, v) of interest; the crop of `size` (w, h) px is centred on it.

    Raises:
        ConfigError: the crop would reach outside the image, or is too small to be recognised.
    """
    left, top = round(point[0] - size[0] / 2), round(point[1] - size[1] / 2)
    height, width = image.shape[:2]
    if min(size) < MIN_SIZE:
        raise ConfigError(f"object '{label}': {size[0]} x {size[1]} px is too small, at least {MIN_SIZE} px are needed")
    if left < 0 or top < 0 or left + size[0] > width or top + size[1] > height:
        raise ConfigError(
            f"object '{label}': {size[0]} x {size[1]} px around ({point[0]:g}, {point[1]:g}) "
            f"reach outside the {width} x {height} px image"
        )
    crop = image[top : top + size[1], left : left + size[0]].copy()
    card = ObjectCard(label=label, aliases=aliases, point=(round(point[0] - left, 2), round(point[1] - top, 2)))
    return RegisteredObject(card, crop)


def save_object(registered: RegisteredObject, directory: Path) -> Path:
    """Write <label>.yaml and <label>.png, words joined by underscores; returns the card's path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{'_'.join(_words(registered.card.label))}.yaml"
    cv2.imwrite(str(path.with_suffix(".png")), cv2.cvtColor(registered.crop, cv2.COLOR_RGB2BGR))
    card = registered.card.model_dump(mode="json")
    path.write_text(yaml.safe_dump(card, sort_keys=False, default_flow_style=None), encoding="utf-8")
    return path


def _words(text: str) -> list[str]:
    return text.lower().replace("-", " ").replace("_", " ").split()


def _contains(words: list[str], phrase: list[str]) -> bool:
    return any(words[i : i + len(phrase)] == phrase for i in range(len(words) - len(phrase) + 1))
