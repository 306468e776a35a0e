"""Command-line parsing whose refusals are one line with the nearest name."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from vital_ros.cli.commands import nearest


class Parser(argparse.ArgumentParser):
    """ArgumentParser that refuses in one line, exit code 2."""

    def __init__(self, prog: str, description: str):
        super().__init__(prog=prog, description=description, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        unknown = message.removeprefix("unrecognized arguments: ")
        if unknown != message:
            options = [option for action in self._actions for option in action.option_strings]
            message = f"unknown argument '{unknown.split()[0]}'; {nearest(unknown.split()[0], options)}"
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        sys.exit(2)
