"""Runs one command of `./vital` in the environment that the bootstrap has set up."""

from __future__ import annotations

import sys
from importlib import import_module

from vital_ros.cli.commands import LAUNCHES, TOOLS, unknown_command, usage
from vital_ros.cli.parser import Parser


def main(arguments: list[str] | None = None) -> int:
    """Exit code: the command's own; 2 for a command or argument that does not exist, 130 after Ctrl-C."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words or words[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if words else 2
    name, rest = words[0], words[1:]
    if refusal := unknown_command(name):
        print(f"vital: {refusal}", file=sys.stderr)
        return 2
    try:
        return run_launch(name, rest) if name in LAUNCHES else run_tool(name, rest)
    except KeyboardInterrupt:
        return 130


def run_launch(name: str, words: list[str]) -> int:
    from vital_ros.cli.launch import launch
    from vital_ros.cli.launch_arguments import launch_help, split_arguments
    from vital_ros.graph import ArgumentError

    if {"-h", "--help"} & set(words):
        print(launch_help(name))
        return 0
    try:
        return launch(name, split_arguments(words))
    except ArgumentError as error:
        print(f"vital {name}: {error}", file=sys.stderr)
        return 2


def run_tool(name: str, words: list[str]) -> int:
    """A tool is a module of this package with `add_arguments(parser)` and `run(arguments) -> int`."""
    tool = import_module(f"vital_ros.cli.{name}")
    parser = Parser(f"./vital {name}", TOOLS[name])
    tool.add_arguments(parser)
    return int(tool.run(parser.parse_args(words)))


if __name__ == "__main__":
    sys.exit(main())
