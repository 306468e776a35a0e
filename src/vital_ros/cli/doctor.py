"""`./vital doctor`: a table of every part of the installation, the devices and the graph that runs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vital_ros.doctor.finding import Finding

STYLES = {"OK": "green", "WARN": "yellow", "FAIL": "red"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one list of objects in place of the table")
    parser.epilog = "Exit code 1 where a line says FAIL, else 0. What could not be checked says so, and is no OK."


def run(arguments: argparse.Namespace) -> int:
    """1 if something is broken; what is merely absent does not count."""
    import json
    from dataclasses import asdict

    from vital_ros.cli.checks import findings
    from vital_ros.doctor.finding import Level

    found = list(findings())
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        _show(found)
    return int(any(finding.level is Level.FAIL for finding in found))


def _show(found: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("part", "", "found", "remedy", box=None, pad_edge=False)
    for finding in found:
        level = finding.level.value
        table.add_row(finding.part, Text(level, STYLES[level]), Text(finding.found), Text(finding.remedy))
    Console().print(table)
