"""`name:=value` arguments of a launch: what they are, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


class ArgumentError(ValueError):
    """A launch argument that is unknown or has an unusable value; one line."""


@dataclass(frozen=True)
class LaunchArgument:
    """One `name:=value` of a launch file. `default` None: must be given. `kind` is one of str, int, float, bool."""

    name: str
    default: str | None
    help: str
    kind: type = str
    choices: tuple[str, ...] = ()
    minimum: float | None = None

    def parse(self, text: str) -> Any:
        """The typed value; raise ArgumentError."""
        if self.choices and text not in self.choices:
            raise ArgumentError(f"{self.name}:={text}: it should be one of {', '.join(filter(None, self.choices))}")
        if self.kind is bool:
            if text.lower() not in ("true", "false"):
                raise ArgumentError(f"{self.name}:={text}: it should be true or false")
            return text.lower() == "true"
        try:
            value = self.kind(text)
        except ValueError:
            raise ArgumentError(f"{self.name}:={text}: it should be a number of type {self.kind.__name__}") from None
        if self.minimum is not None and not value >= self.minimum:
            raise ArgumentError(f"{self.name}:={text}: it should be at least {self.minimum:g}")
        return value


def typed(arguments: tuple[LaunchArgument, ...], given: Mapping[str, str]) -> dict[str, Any]:
    """All of them with their values, defaults filled in; raise ArgumentError with one line."""
    declared = {argument.name: argument for argument in arguments}
    for name in given:
        if name not in declared:
            close = get_close_matches(name, declared, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(declared)}"
            raise ArgumentError(f"unknown argument '{name}'; {hint}")
    values = {}
    for name, argument in declared.items():
        text = given.get(name, argument.default)
        if text is None:
            raise ArgumentError(f"argument '{name}' is missing: {argument.help} (for example {name}:=key_lock)")
        values[name] = argument.parse(text)
    return values
