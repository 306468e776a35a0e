"""`./vital doctor`: a table of every part of the installation and of the devices."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Exit code 0 when everything that a simulated deployment needs is in order, else 1."


def run(arguments: argparse.Namespace) -> int:
    """0 if nothing is broken; what is merely absent does not count."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from vital_ros.cli.checks import Absent, checks
    from vital_ros.config import ConfigError

    table = Table("part", "state", "found", box=None, pad_edge=False)
    broken = 0

    def row(part: str, state: str, style: str, found: str) -> None:
        table.add_row(part, Text(state, style), Text(found))

    try:
        for check in checks():
            try:
                row(check.part, "ok", "green", check.look())
            except Absent as absent:
                row(check.part, "absent", "yellow", str(absent))
            except Exception as error:  # whatever a broken part raises is what the table is for
                row(check.part, "broken", "red", str(error).splitlines()[0] if str(error) else type(error).__name__)
                broken += 1
    except ConfigError as error:  # the rest of the checks needs the configuration
        row("configuration", "broken", "red", str(error))
        broken += 1
    Console(width=None).print(table)
    if broken:
        print(f"vital doctor: {broken} part{'s' if broken > 1 else ''} broken")
    return 1 if broken else 0
