"""`./vital annotate`: key points on one frame, clicked in the browser or taken from a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vital_ros.augmentation.annotation import Reference

OBJECTS = ("fixture", "held", "gripper")
"""What most tasks have; the page offers them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demos", type=Path, required=True, help="folder of episodes")
    parser.add_argument("--points", type=Path, metavar="FILE", help="take these points, without a browser")
    parser.add_argument("--episode", metavar="NAME", help="show a frame of this episode (default: the first)")
    parser.add_argument("--frame", type=int, metavar="N", help="which of its frames (default: 0)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to save (default: annotation.yaml in --demos)")
    parser.add_argument("--port", type=int, default=8643, help="of the page, 0 for any free one (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when points were saved, 2 with one line when something is unusable."""
    from vital_ros.bags import EpisodeError
    from vital_ros.config import ConfigError

    try:
        return _install(args) if args.points else _ask(args)
    except (ConfigError, EpisodeError) as error:
        print(f"vital annotate: {error}", file=sys.stderr)
        return 2


def _install(args: argparse.Namespace) -> int:
    """A file is checked against its frame: the picture beside it, else the episode it names."""
    from vital_ros.augmentation.annotation import Annotation, Reference, check, load_reference
    from vital_ros.augmentation.frames import frame_of
    from vital_ros.config.base import load_yaml

    if args.points.with_suffix(".png").exists():
        reference = load_reference(args.points)
    else:
        annotation = load_yaml(Annotation, args.points)
        image = frame_of(args.demos, annotation.episode, annotation.frame)
        reference = check(Reference(annotation, image), args.points)
    print(_save(reference, _target(args)))
    return 0


def _ask(args: argparse.Namespace) -> int:
    from vital_ros.augmentation.annotation import Reference, parse_annotation
    from vital_ros.config import ConfigError
    from vital_ros.console.annotator import Annotator

    if not 0 <= args.port <= 65535:
        raise ConfigError(f"--port {args.port}: it should be 0 to 65535")
    facts, image, state = _shown(args)

    def save(clicked: dict[str, Any]) -> str:
        return _save(Reference(parse_annotation({**clicked, **facts}, "points"), image), _target(args))

    try:
        page = Annotator(image, state, save, args.port)
    except OSError as error:
        raise ConfigError(f"--port {args.port} is not free ({error.strerror}); --port 0 takes any that is") from None
    try:
        print(f"key points of {facts['episode']}, frame {facts['frame']}: {page.url} (Ctrl-C ends without saving)",
              flush=True)  # fmt: skip
        page.wait()
    finally:
        page.close()
    print(f"saved: {_target(args)}")
    return 0


def _shown(args: argparse.Namespace) -> tuple[dict[str, Any], Any, dict[str, Any]]:
    """Facts on the frame, the frame, and the points that are there already."""
    from vital_ros.augmentation.annotation import load_reference
    from vital_ros.augmentation.folder import episodes_of
    from vital_ros.augmentation.frames import frame_of

    if _target(args).exists() and args.episode is None and args.frame is None:
        reference = load_reference(_target(args))
        said = reference.annotation.model_dump(mode="json")
        image, state = reference.image, {"objects": said.pop("objects"), "negative": said.pop("negative")}
        return said, image, state
    episode, frame = args.episode or episodes_of(args.demos)[1][0].name, args.frame or 0
    image = frame_of(args.demos, episode, frame)
    facts = {"episode": episode, "frame": frame, "width": image.shape[1], "height": image.shape[0]}
    return facts, image, {"objects": [{"name": name, "points": []} for name in OBJECTS], "negative": []}


def _target(args: argparse.Namespace) -> Path:
    from vital_ros.augmentation.annotation import FILE

    target: Path = args.out or args.demos / FILE
    return target


def _save(reference: Reference, target: Path) -> str:
    from vital_ros.augmentation.annotation import save_reference
    from vital_ros.config import ConfigError

    try:
        save_reference(reference, target)
    except OSError as error:
        raise ConfigError(f"cannot write {target} ({error.strerror})") from None
    counts = ", ".join(f"{o.name} {len(o.points)}" for o in reference.annotation.objects)
    return f"{target}: {counts} points; next: ./vital masks --demos …"
