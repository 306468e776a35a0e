"""Tells the user when a device falls silent."""

from __future__ import annotations

from typing import Any

from vital_ros.device_reader import DeviceReader
from vital_ros.nodes.lifecycle import ProductNode

LIMIT = 0.5
"""s"""


class SilenceWatch:
    """Raises a fault of `node` when its device gave nothing for `LIMIT`, and clears it when the device is back."""

    def __init__(self, node: ProductNode, reader: DeviceReader[Any], what: str):
        self._node, self._reader, self._what = node, reader, what
        self._silent = False
        self._timer = node.create_timer(LIMIT / 2, self._check)

    def _check(self) -> None:
        silence = self._reader.silence
        if silence > LIMIT and not self._silent:
            self._node.fault(f"{self._what} gives nothing for {silence:.1f} s; check its cable and power")
        elif silence <= LIMIT and self._silent:
            self._node.fault("")
            self._node.get_logger().info(f"{self._what} is back")
        self._silent = silence > LIMIT

    def close(self) -> None:
        self._node.destroy_timer(self._timer)
