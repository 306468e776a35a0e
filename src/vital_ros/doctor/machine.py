"""Cores, memory, disk."""

from __future__ import annotations

import re

from vital_ros.doctor.finding import Concern, Level

LEAST_MEMORY, GOOD_MEMORY = 1.0, 3.0
"""GB available; a simulated deployment takes about 2."""
LEAST_DISK, GOOD_DISK = 1.0, 10.0
"""GB free; an episode takes about 3 MB a second."""


def cores(count: int | None) -> str:
    """Of the processors this process may use, None where nobody knows."""
    if count is None:
        raise Concern("the number of cores is unknown")
    if count < 2:
        raise Concern("1 core: control, cameras and the policy share it", "use a machine with two cores or more")
    return f"{count} cores"


def memory(meminfo: str) -> str:
    """Of the text of /proc/meminfo."""
    match = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo, re.MULTILINE)
    if match is None:
        raise Concern("not checked: /proc/meminfo does not tell the available memory")
    available = int(match[1]) / 1e6
    if available < GOOD_MEMORY:
        level = Level.FAIL if available < LEAST_MEMORY else Level.WARN
        raise Concern(f"{available:.1f} GB available", "end other programs", level)
    return f"{available:.1f} GB available"


def disk(free: int, folder: str) -> str:
    """Of the free bytes where `folder` is, which run folders go to."""
    space = free / 1e9
    if space < GOOD_DISK:
        level = Level.FAIL if space < LEAST_DISK else Level.WARN
        raise Concern(f"{space:.1f} GB free in {folder}", "delete old run folders, or record elsewhere", level)
    return f"{space:.0f} GB free in {folder}"
