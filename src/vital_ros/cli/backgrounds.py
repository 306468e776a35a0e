"""`./vital backgrounds`: a folder of pictures for `./vital train bc --backgrounds`. Docs: docs/augmentation.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vital_ros.augmentation.backgrounds import Source


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="folder; pictures of the same names there are kept")
    parser.add_argument(
        "--generator",
        choices=["procedural", "roboengine"],
        default="procedural",
        help="made-up surfaces, or RoboEngine's diffusion, which wants a GPU (default: %(default)s)",
    )
    parser.add_argument("-n", "--count", type=int, default=100, help="pictures (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", help="base of RoboEngine's diffusion: folder or hub id")
    parser.add_argument(
        "--option",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="a setting of the generator, repeatable; docs/augmentation.md lists them",
    )


def run(args: argparse.Namespace) -> int:
    """Exit code 0, or 2 with one line when something is unusable."""
    from rich.console import Console
    from rich.progress import track

    from vital_ros.augmentation.textures import write_pictures
    from vital_ros.config import ConfigError

    try:
        source = _source(args)
        numbers = track(range(args.count), str(args.out), console=Console(stderr=True))
        drawn = write_pictures(args.out, args.generator, source, numbers, args.seed)
    except ConfigError as error:
        print(f"vital backgrounds: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"vital backgrounds: {error.filename or args.out}: {error.strerror or error}", file=sys.stderr)
        return 2
    there = f", {args.count - drawn} of them were there" if drawn < args.count else ""
    print(f"{args.out}: {args.count} pictures{there}")
    return 0


def _source(args: argparse.Namespace) -> Source:
    """Raise ConfigError."""
    from vital_ros.augmentation.backgrounds import Procedural
    from vital_ros.augmentation.options import checked_options, split_options
    from vital_ros.config import ConfigError

    for key, value, least in (("--count", args.count, 1), ("--seed", args.seed, 0)):
        if value < least:
            raise ConfigError(f"{key} {value}: at least {least}")
    options = split_options("--option", args.option)
    if args.generator == "procedural":
        if args.model is not None:
            raise ConfigError(f"--model {args.model}: procedural has no weights")
        checked_options("--option", "procedural", Procedural, options)
        return Procedural()
    from vital_ros.augmentation.neural.roboengine import make

    return make(args.model, **checked_options("--option", "roboengine", make, options))
