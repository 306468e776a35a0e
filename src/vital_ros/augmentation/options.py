"""A backend's own settings, `KEY=VALUE`: the parameters that its maker takes, checked before anything is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Annotated, Any

import yaml
from pydantic import Field, create_model

from vital_ros.config.base import ConfigError, Model, parse

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Pixels = Annotated[int, Field(ge=1)]


class _Options(Model, strict=True):
    """Of one backend; its fields follow from the maker's parameters."""


def split_options(option: str, words: Sequence[str]) -> dict[str, Any]:
    """`KEY=VALUE`, the values as in YAML; raise ConfigError that names `option` for anything else."""
    options = {}
    for word in words:
        key, equals, text = word.partition("=")
        try:
            options[key] = yaml.safe_load(text)
        except yaml.YAMLError:
            equals = ""
        if not key or not equals:
            raise ConfigError(f"{option} {word}: it should be KEY=VALUE, such as threshold=0.5")
    return options


def checked_options(option: str, name: str, make: Callable[..., object], options: dict[str, Any]) -> dict[str, Any]:
    """The options that `make` shall be called with; raise ConfigError for an unknown key or a wrong value.

    Args:
        option: that the user gave them with, and name of the backend, for the message.
        make: its typed parameters are the keys, but for `model`, which has an option of its own.
    """
    known: dict[str, Any] = {
        key: (parameter.annotation, parameter.default)
        for key, parameter in signature(make, eval_str=True).parameters.items()
        if key != "model"
    }
    if options and not known:
        raise ConfigError(f"{option} {next(iter(options))}: {name} has no options")
    model = create_model(name, __base__=_Options, **known)
    return parse(model, options, f"{option} of {name}").model_dump(exclude_unset=True)
