"""Base of every configuration model, and the one error a user sees."""

from __future__ import annotations

from pathlib import Path
from reprlib import Repr
from typing import Annotated, TypeVar, get_args

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

_SHORT = Repr()
_SHORT.maxlevel, _SHORT.maxlist, _SHORT.maxtuple, _SHORT.maxdict = 3, 12, 12, 12
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 200
"""Of what a file holds: aliases let a few lines of YAML write a value of gigabytes."""


class ConfigError(ValueError):
    """A configuration that cannot be used. The message names file, key, value and what is allowed."""


class Model(BaseModel):
    """Immutable, strict about unknown keys; numbers must be finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


def _floats(value: object) -> object:
    """YAML writes 0 for 0.0; booleans are no numbers."""
    if isinstance(value, bool):
        raise ValueError("should be a number")
    return value


Number = Annotated[float, BeforeValidator(_floats)]
Positive = Annotated[float, BeforeValidator(_floats), Field(gt=0)]
RosName = Annotated[str, Field(pattern=r"^/?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*$")]
"""Of a topic, service or namespace; relative unless it starts with /."""
Vector3 = tuple[Number, Number, Number]
Quaternion = tuple[Number, Number, Number, Number]

M = TypeVar("M", bound=Model)


def in_root(name: str) -> str:
    """A relative RosName as seen by whoever has no namespace."""
    return "/" + name.lstrip("/")


def parse(model: type[M], data: object, source: str) -> M:
    """Validate `data`; raise ConfigError with one line per mistake."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ConfigError("\n".join(_describe(source, e, model) for e in error.errors())) from None


def load_yaml(model: type[M], path: Path) -> M:
    """Read and validate one YAML file; raise ConfigError."""
    return parse(model, read_yaml(path), str(path))


def read_yaml(path: Path) -> object:
    """What a YAML file holds, {} for an empty one; raise ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not YAML (not a text in UTF-8)") from None
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # the latter: no such date, no end of brackets
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}: not YAML{where}") from None
    return data if data is not None else {}


def _describe(source: str, error: ErrorDetails, model: type[Model]) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "(top level)"
    if error["type"] == "extra_forbidden":
        allowed = ", ".join(_siblings(model, error["loc"]))
        return f"{source}: unknown key '{key}'; allowed here: {allowed}"
    if error["type"] == "missing":
        return f"{source}: key '{key}' is missing"
    message = error["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    return f"{source}: {key} = {_SHORT.repr(error['input'])}: {message}"


def _siblings(model: type[Model], location: tuple[object, ...]) -> list[str]:
    """Names of the fields beside the offending one."""
    for part in location[:-1]:
        field = model.model_fields.get(str(part))
        inner = _model_in(field.annotation) if field else model  # an index or a name: within the field before it
        if inner is None:
            break
        model = inner
    return list(model.model_fields)


def _model_in(annotation: object) -> type[Model] | None:
    """The Model that a field's type is, or holds: optional, in a tuple, as a mapping's value."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)
