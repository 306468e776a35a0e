"""`ros2 vital localize "key lock"` where ros2cli is installed: extensions that call what `./vital` calls.

ros2cli finds them by the entry points of setup.py. It asks for no base class, so this module can do without it.
"""

from __future__ import annotations

import argparse

from vital_ros.cli import localize

VERBS = "vital_ros.verb"
"""Group of the entry points that are verbs."""


class VitalCommand:
    """Ask the running vital_ros graph."""

    def add_arguments(self, parser: argparse.ArgumentParser, cli_name: str) -> None:
        from ros2cli.command import add_subparsers_on_demand

        self._help = parser.print_help
        add_subparsers_on_demand(parser, cli_name, "_verb", VERBS, required=False)

    def main(self, *, parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
        """Exit code of the verb; without one its help. `parser` is that of `ros2` itself."""
        if not hasattr(args, "_verb"):
            self._help()
            return 0
        code: int = args._verb.main(args=args)
        return code


class LocalizeVerb:
    """Ask the running localizer where something is."""

    def add_arguments(self, parser: argparse.ArgumentParser, cli_name: str) -> None:
        localize.add_arguments(parser)

    def main(self, *, args: argparse.Namespace) -> int:
        return localize.run(args)
