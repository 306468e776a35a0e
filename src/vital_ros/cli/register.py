"""`./vital register`: teach the localizer an object from one picture of the third camera."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=Path, help="picture of the third camera that shows the object")
    parser.add_argument("--label", required=True, help='what the object is called, such as "key lock"')
    parser.add_argument("--alias", action="append", default=[], help="another name for it; may be repeated")
    parser.add_argument(
        "--point",
        required=True,
        type=float,
        nargs=2,
        metavar=("U", "V"),
        help="px: the point to go to, e.g. the keyhole",
    )
    parser.add_argument(
        "--size", type=int, nargs=2, default=(52, 40), metavar=("W", "H"), help="px: of the object around the point"
    )
    parser.add_argument("--config", type=Path, help="configuration folder (default: the installed one)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0, or 2 with one line when an argument cannot be used."""
    from vital_ros.config import ConfigError, load_config
    from vital_ros.localization.registered_pointer import RegisteredPointer
    from vital_ros.localization.registry import cut_out, read_image, save_object

    try:
        directory = load_config(args.config).directory / "objects"
        image = read_image(args.image)
        registered = cut_out(image, args.label, tuple(args.alias), tuple(args.point), tuple(args.size))
    except ConfigError as error:
        print(f"vital register: {error}", file=sys.stderr)
        return 2
    path = save_object(registered, directory)
    found = RegisteredPointer([registered]).point(image, args.label)[0]
    place = f"({found.u:.1f}, {found.v:.1f})"
    print(f"registered '{args.label}' in {path}; found again at {place} with confidence {found.confidence:.2f}")
    return 0
