"""A calibration into a cameras.yaml, whose comments and other keys stay."""

from __future__ import annotations

import io
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from vital_ros.config import CamerasConfig, ConfigError
from vital_ros.config.base import parse, read_yaml


def changed_cameras(source: Path, which: str, changes: dict[str, Any]) -> str:
    """The text of `source`, a cameras.yaml, with the values of one camera's keys replaced.

    Args:
        changes: as in `Result.changes`.

    Raises:
        ConfigError: the file cannot be read, or would not be a valid cameras.yaml afterwards.
    """
    yaml = YAML()
    yaml.width = 4096
    read_yaml(source)
    try:
        data = yaml.load(source.read_text(encoding="utf-8"))
        section: CommentedMap = data[which]
        for key, value in changes.items():
            *above, last = key.split(".")
            place = section
            for name in above:
                place = place[name]
            _set(place, last, value)
    except (YAMLError, KeyError, TypeError) as error:
        raise ConfigError(f"{source}: {which}: cannot be changed ({error})") from None
    text = io.StringIO()
    yaml.dump(data, text)
    parse(CamerasConfig, YAML(typ="safe").load(text.getvalue()), f"{source} with the calibration")
    return text.getvalue()


def write_with_backup(target: Path, text: str) -> Path | None:
    """Replace `target` whole or not at all; the copy of what was there before, None if there was nothing.

    Raises:
        ConfigError: it cannot be written; `target` is as it was.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        backup = None
        if target.exists():
            backup = target.with_name(f"{target.name}.{datetime.now():%Y%m%d-%H%M%S}")
            shutil.copy2(target, backup)
        part = target.with_name(f"{target.name}.part")
        part.write_text(text, encoding="utf-8")
        os.replace(part, target)
    except OSError as error:
        raise ConfigError(f"{target}: cannot be written ({error.strerror})") from None
    return backup


def _set(place: CommentedMap, key: str, value: Any) -> None:
    if isinstance(value, list):
        row = CommentedSeq(value)
        row.fa.set_flow_style()
        value = row
    elif isinstance(value, dict):
        value = CommentedMap(value)
        value.fa.set_flow_style()
    if key in place:
        place[key] = value
    else:
        place.insert(0, key, value)  # behind the last key stand the comments of what follows
