"""`./vital register`: teach the localizer an object from one look of the third camera."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vital_ros.config import Config
    from vital_ros.localization.pointer import Sight
    from vital_ros.localization.registry import RegisteredObject

WAIT = 10.0
"""s for the live camera."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--live", action="store_true", help="look through the running third camera, with its depth")
    source.add_argument("--image", type=Path, help="a picture of it instead; needs --outline and --height")
    parser.add_argument("--label", required=True, help='what the object is called, such as "plug socket"')
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
        "--outline", type=float, nargs="+", metavar="PX", help="u v u v …: corners of the object's upper face"
    )
    parser.add_argument("--height", type=float, metavar="M", help="m in link_base: where that face is")
    parser.add_argument("--config", type=Path, help="configuration folder (default: the installed one)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0, or 2 with one line when an argument or the picture cannot be used."""
    from vital_ros.config import ConfigError, load_config
    from vital_ros.localization.pointer import LocalizationError
    from vital_ros.localization.registered_pointer import RegisteredPointer
    from vital_ros.localization.registry import save_object

    try:
        config = load_config(args.config)
        sight, registered = _registered(args, config)
    except (ConfigError, LocalizationError, ValueError) as error:
        print(f"vital register: {error}", file=sys.stderr)
        return 2
    path = save_object(registered, config.directory / "objects")
    threshold = config.localizer.registered.threshold
    pointer = RegisteredPointer([registered], config.robot.arm.workspace, threshold)
    found = pointer.point(sight, args.label)[0]
    place = f"({found.u:.1f}, {found.v:.1f})"
    print(f"registered '{args.label}' in {path}; found again at {place} with confidence {found.confidence:.2f}")
    return 0


def _registered(args: argparse.Namespace, config: Config) -> tuple[Sight, RegisteredObject]:
    from vital_ros.config import ConfigError
    from vital_ros.geometry import Pose
    from vital_ros.geometry.camera import PinholeCamera
    from vital_ros.localization.pointer import Sight
    from vital_ros.localization.registering import register_by_depth, register_by_outline
    from vital_ros.localization.registry import read_image

    aliases, point, third = tuple(args.alias), tuple(args.point), config.cameras.third
    if args.live:
        from vital_ros.nodes.look import look

        sight, depth = look(third, WAIT)
        return sight, register_by_depth(sight, depth, args.label, aliases, point)
    outline = args.outline or []
    if args.height is None or len(outline) % 2 or not outline:
        raise ConfigError("--image: needs --height and --outline, two numbers a corner")
    pose = Pose(third.placement.position, third.placement.quaternion)
    sight = Sight(read_image(args.image), PinholeCamera.from_k(third.k), pose)
    corners = list(zip(outline[::2], outline[1::2], strict=True))
    return sight, register_by_outline(sight, corners, args.height, args.label, aliases, point)
