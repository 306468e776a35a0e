"""`./vital …`: refuse what is wrong at once, set up what is missing, then become the command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from vital_ros.cli.bootstrap.ensure import ensure
from vital_ros.cli.bootstrap.environment import command_environment
from vital_ros.cli.bootstrap.process import SetupError
from vital_ros.cli.bootstrap.workspace import find_workspace
from vital_ros.cli.commands import unknown_command, usage

ROOT = Path(__file__).resolve().parents[4]


def main(arguments: list[str]) -> int:
    """Exit code of what went wrong before the command ran; otherwise this process becomes the command."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if arguments else 2
    if refusal := unknown_command(arguments[0]):
        print(f"vital: {refusal}", file=sys.stderr)
        return 2
    workspace = find_workspace(ROOT)
    try:
        ensure(workspace, tests=arguments[0] == "test")
    except (SetupError, OSError) as error:
        print(f"vital: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nvital: interrupted; the next start goes on from here", file=sys.stderr)
        return 130
    environment = command_environment(workspace, os.environ)
    os.execve(workspace.python, [str(workspace.python), "-m", "vital_ros.cli.main", *arguments], environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
