"""Key points that a person clicked on one reference frame: what the whole pipeline starts from (paper 3.1)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml
from pydantic import Field, model_validator

from vital_ros.augmentation.interfaces import Image, Points
from vital_ros.config.base import ConfigError, Model, Number, load_yaml, parse

Point = tuple[Number, Number]
FILE = "annotation.yaml"
"""In a folder of demonstrations; takes precedence over the committed one of the task."""


class ObjectPoints(Model):
    """Points on one object, which shall all be seen in the reference frame."""

    name: str = Field(min_length=1)
    points: tuple[Point, ...] = Field(min_length=1)
    """px (x, y)."""


class Annotation(Model):
    """<name>.yaml; the reference frame lies beside it as <name>.png."""

    episode: str = Field(min_length=1)
    """The demonstration that the frame is from."""
    frame: int = Field(default=0, ge=0)
    """Its number there."""
    width: int = Field(gt=0)
    """px, of the frame."""
    height: int = Field(gt=0)
    objects: tuple[ObjectPoints, ...] = Field(min_length=1)
    """All that is kept when the background is replaced: hand, held part, fixture."""
    negative: tuple[Point, ...] = ()
    """px, on what is none of the objects: table, screen, the lens's dark rim."""

    @model_validator(mode="after")
    def _inside(self) -> Annotation:
        names = [known.name for known in self.objects]
        if len(set(names)) < len(names):
            raise ValueError(f"objects should have different names, not {', '.join(names)}")
        for name, points in [*((o.name, o.points) for o in self.objects), ("negative", self.negative)]:
            for x, y in points:
                if not (0 <= x <= self.width - 1 and 0 <= y <= self.height - 1):
                    raise ValueError(
                        f"{name}: point [{x:g}, {y:g}] should lie in the {self.width} x {self.height} frame"
                    )
        return self


@dataclass(frozen=True)
class Reference:
    """An annotation with its frame."""

    annotation: Annotation
    image: Image

    def points(self) -> dict[str, Points]:
        """Of each object, (n, 2)."""
        return {known.name: np.array(known.points, dtype=np.float64) for known in self.annotation.objects}

    def negative(self) -> Points:
        """(m, 2)"""
        return np.array(self.annotation.negative, dtype=np.float64).reshape(-1, 2)


def parse_annotation(data: object, source: str) -> Annotation:
    """From what a page or a file holds; raise ConfigError with one line per mistake."""
    return parse(Annotation, data, source)


def load_reference(path: Path) -> Reference:
    """An annotation file and the picture beside it; raise ConfigError when either is missing or they do not agree."""
    annotation = load_yaml(Annotation, path)
    picture = path.with_suffix(".png")
    image = cv2.imread(str(picture), cv2.IMREAD_COLOR)
    if image is None:
        raise ConfigError(f"{picture}: no readable picture of the frame that {path.name} annotates")
    return check(Reference(annotation, np.ascontiguousarray(image[..., ::-1], dtype=np.uint8)), path)


def check(reference: Reference, path: Path) -> Reference:
    """The same; raise ConfigError when the frame has another size than the annotation says."""
    height, width = reference.image.shape[:2]
    said = reference.annotation
    if (width, height) != (said.width, said.height):
        raise ConfigError(f"{path}: the frame is {width} x {height}, the annotation says {said.width} x {said.height}")
    return reference


def save_reference(reference: Reference, path: Path) -> None:
    """Both files, each whole or not at all; the picture first. Raise OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = cv2.imencode(".png", reference.image[..., ::-1])[1].tobytes()
    data = reference.annotation.model_dump(mode="json")
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=1000)
    for target, content in ((path.with_suffix(".png"), picture), (path, text.encode())):
        partial = target.with_name(f".{target.name}.partial")
        partial.write_bytes(content)
        os.replace(partial, target)


class _Dumper(yaml.SafeDumper):
    """Points in a row, whole pixels as such."""


def _in_a_row(dumper: yaml.SafeDumper, data: list[object]) -> yaml.SequenceNode:
    flat = all(not isinstance(item, dict) for item in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flat)


def _number(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    whole = value.is_integer()
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'int' if whole else 'float'}", f"{value:g}")


_Dumper.add_representer(list, _in_a_row)
_Dumper.add_representer(float, _number)
