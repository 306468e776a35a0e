"""`name:=value` arguments on the command line, and their help, from the one list in vital_ros.graph."""

from __future__ import annotations

from vital_ros.cli.commands import LAUNCHES as SUMMARIES
from vital_ros.graph import LAUNCHES, ArgumentError


def split_arguments(words: list[str]) -> dict[str, str]:
    """`["task:=key_lock"]` to `{"task": "key_lock"}`; raise ArgumentError."""
    given = {}
    for word in words:
        name, assign, value = word.partition(":=")
        if not assign or not name:
            example = word.lstrip("-").replace("=", ":=", 1) if "=" in word else "task:=key_lock"
            raise ArgumentError(f"'{word}' is no launch argument; they are written name:=value, for example {example}")
        given[name] = value
    return given


def launch_help(name: str) -> str:
    """What `./vital deploy --help` prints."""
    lines = [f"usage: ./vital {name} name:=value …", "", f"{SUMMARIES[name]}", "", "arguments:"]
    width = max(len(argument.name) for argument in LAUNCHES[name])
    for argument in LAUNCHES[name]:
        default = "required" if argument.default is None else f"default {argument.default or 'empty'}"
        choices = f"; one of {', '.join(filter(None, argument.choices))}" if argument.choices else ""
        lines.append(f"  {argument.name:<{width}}  {argument.help} ({default}{choices})")
    return "\n".join(lines)
