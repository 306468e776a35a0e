"""Waiting for those who publish, for programs that subscribe as soon as they start."""

from __future__ import annotations

import time
from collections.abc import Iterable

import rclpy
from rclpy.node import Node

PAUSE = 0.05
"""s between two looks."""


def await_publishers(node: Node, topics: Iterable[str], timeout: float) -> list[str]:
    """Those of `topics` that nobody publishes within `timeout` s.

    A subscription with the best available quality of service takes the strictest of all, which matches nobody, when it
    is made before the publishers are known.
    """
    end = time.monotonic() + timeout
    while silent := [topic for topic in topics if not node.count_publishers(topic)]:
        if time.monotonic() > end:
            break
        rclpy.spin_once(node, timeout_sec=PAUSE)
    return silent
