"""The message types an episode may hold: ROS 2's own and vital_msgs, free of rclpy.

Type hashes and encodings equal those of rclpy, so real rosbag2 tools read and play our bags and we read theirs.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore


def vital_msgs_directory() -> Path:
    """The folder of vital_msgs' .msg files: beside this package in a checkout, else an installed ROS package's share.

    Raises:
        FileNotFoundError: vital_msgs is in neither place.
    """
    checkout = Path(__file__).resolve().parents[2] / "vital_msgs" / "msg"
    prefixes = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
    installed = [Path(prefix) / "share" / "vital_msgs" / "msg" for prefix in prefixes if prefix]
    for directory in (checkout, *installed):
        if directory.is_dir():
            return directory
    raise FileNotFoundError("vital_msgs not found: build it with colcon and source its setup file, or use a checkout")


@cache
def typestore() -> Typestore:
    """ROS 2 Kilted's types plus vital_msgs."""
    store = get_typestore(Stores.ROS2_KILTED)
    for path in sorted(vital_msgs_directory().glob("*.msg")):
        store.register(get_types_from_msg(path.read_text(), f"vital_msgs/msg/{path.stem}"))
    return store


def message(msgtype: str, **fields: Any) -> Any:
    """An instance of a type such as 'sensor_msgs/msg/Image'; every field must be given.

    Raises:
        KeyError: unknown type. TypeError: missing or unknown field.
    """
    return typestore().types[msgtype](**fields)
