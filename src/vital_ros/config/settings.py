"""Single switches changed on the command line, `key.key=value`, as if they stood in the YAML file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import yaml

from vital_ros.config.base import ConfigError, Model, parse

M = TypeVar("M", bound=Model)


def changed(model: M, settings: Sequence[str]) -> M:
    """A model with some of its values replaced and validated again; raise ConfigError."""
    data = model.model_dump(mode="json")
    for setting in settings:
        path, equals, text = setting.partition("=")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            equals = ""
        if not equals:
            raise ConfigError(f"--set {setting}: it should be KEY=VALUE, such as network.encoder=resnet18")
        *sections, key = path.split(".")
        place = data
        for section in sections:
            if not isinstance(inner := place.get(section), dict):
                raise ConfigError(f"--set {setting}: unknown key '{section}'; allowed here: {', '.join(place)}")
            place = inner
        if key not in place:
            raise ConfigError(f"--set {setting}: unknown key '{key}'; allowed here: {', '.join(place)}")
        place[key] = value
    return parse(type(model), data, "--set") if settings else model
