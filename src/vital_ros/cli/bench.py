"""`./vital bench`: the project's figures, measured again, as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from vital_ros.cli.commands import nearest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from vital_ros.evaluation.benchmarks import names

    parser.add_argument("only", nargs="*", metavar="NAME", help=f"of {', '.join(names())}; none: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there; default: print them")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each; the median is reported beside all values")


def run(arguments: argparse.Namespace) -> int:
    from vital_ros.evaluation.benchmarks import measure, names

    if arguments.repeats < 1:
        print(f"vital bench: --repeats {arguments.repeats}: it should be at least 1", file=sys.stderr)
        return 2
    for name in arguments.only:
        if name not in names():
            print(f"vital bench: unknown benchmark '{name}'; {nearest(name, names())}", file=sys.stderr)
            return 2
    figures: dict[str, Any] = {}
    failed = False
    for name in arguments.only or names():
        try:
            figures[name] = measure(name, arguments.repeats)
        except (RuntimeError, ValueError, OSError, subprocess.SubprocessError) as error:
            print(f"vital bench: {name}: {error}", file=sys.stderr)
            failed = True
        if arguments.json:  # after each: hours lie between the first and the last
            _write(arguments, figures)
    if not arguments.json:
        print(_text(arguments, figures))
    return 3 if failed else 0


def _write(arguments: argparse.Namespace, figures: dict[str, Any]) -> None:
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(_text(arguments, figures) + "\n", encoding="utf-8")


def _text(arguments: argparse.Namespace, figures: dict[str, Any]) -> str:
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    return json.dumps({"machine": machine, "repeats": arguments.repeats, "figures": figures}, indent=2)
