"""Registered objects: what a person showed once. See config/objects/*.yaml."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import Field

from vital_ros.config.base import ConfigError, Model, Number, load_yaml

MIN_AREA = 200
"""px of a face; on fewer, anything looks like anything."""
OPAQUE = 128
"""Alpha from which on a pixel of the picture belongs to the face."""


class ObjectCard(Model):
    """config/objects/<name>.yaml; its picture lies beside it as <name>.png."""

    label: str = Field(min_length=1)
    """What the object is called, e.g. 'key lock'."""
    aliases: tuple[str, ...] = ()
    """Other names for it."""
    height: Number
    """m, z of its upper face in link_base when it was registered; it is found up to some centimetres off."""
    point: tuple[Number, Number]
    """px (column, row) of the picture: the point of interest, e.g. the keyhole."""

    def named_by(self, query: str) -> int:
        """Words of the longest label or alias that a query is or contains; 0 when it does not name this object."""
        words, names = _words(query), [_words(name) for name in (self.label, *self.aliases)]
        return max((len(name) for name in names if _contains(words, name)), default=0)


class RegisteredObject:
    """A card with the picture of the object's upper face, seen from above (`top_view`, FINE).

    Attributes:
        crop: RGB, (h, w, 3).
        mask: where the face is, (h, w).
    """

    def __init__(self, card: ObjectCard, crop: NDArray[np.uint8], mask: NDArray[np.bool_]):
        """Raise ConfigError when the point lies outside the picture, or the face is too small to be recognised."""
        height, width = crop.shape[:2]
        if not (0 <= card.point[0] < width and 0 <= card.point[1] < height):
            raise ConfigError(
                f"object '{card.label}': point {card.point} lies outside its {width} x {height} px picture"
            )
        if (area := int(mask.sum())) < MIN_AREA:
            raise ConfigError(
                f"object '{card.label}': a face of {area} px is too small, at least {MIN_AREA} are needed"
            )
        self.card, self.crop, self.mask = card, crop, mask


def load_objects(directory: Path) -> list[RegisteredObject]:
    """All objects of a directory, by file name; none when it does not exist. Raise ConfigError."""
    objects = []
    for path in sorted(directory.glob("*.yaml")):
        card, picture = load_yaml(ObjectCard, path), path.with_suffix(".png")
        pixels = _read(picture, cv2.IMREAD_UNCHANGED)
        if pixels.ndim != 3 or pixels.shape[2] != 4:
            raise ConfigError(f"{picture}: a picture without alpha does not show what is object; register it again")
        crop = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB), dtype=np.uint8)
        objects.append(RegisteredObject(card, crop, pixels[..., 3] >= OPAQUE))
    return objects


def read_image(path: Path) -> NDArray[np.uint8]:
    """An image file as RGB, shape (H, W, 3). Raise ConfigError."""
    return np.asarray(cv2.cvtColor(_read(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), dtype=np.uint8)


def save_object(registered: RegisteredObject, directory: Path) -> Path:
    """Write <label>.yaml and <label>.png, words joined by underscores; returns the card's path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{'_'.join(_words(registered.card.label))}.yaml"
    pixels = cv2.cvtColor(registered.crop, cv2.COLOR_RGB2BGRA)
    pixels[..., 3] = np.where(registered.mask, 255, 0)
    cv2.imwrite(str(path.with_suffix(".png")), pixels)
    card = registered.card.model_dump(mode="json")
    path.write_text(yaml.safe_dump(card, sort_keys=False, default_flow_style=None), encoding="utf-8")
    return path


def _read(path: Path, flags: int) -> NDArray[np.uint8]:
    image = cv2.imread(str(path), flags)
    if image is None:
        raise ConfigError(f"{path}: no readable image; ./vital register makes one of a registered object")
    return np.asarray(image, dtype=np.uint8)


def _words(text: str) -> list[str]:
    return text.lower().replace("-", " ").replace("_", " ").split()


def _contains(words: list[str], phrase: list[str]) -> bool:
    return any(words[i : i + len(phrase)] == phrase for i in range(len(words) - len(phrase) + 1))
