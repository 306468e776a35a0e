"""A folder that holds no more than so many bags."""

from __future__ import annotations

import shutil
from pathlib import Path


def keep_newest(folder: Path, count: int) -> None:
    """Delete the oldest bags, by their names, which begin with the time, until `count` are left.

    A bag that is being written has its name only once it is whole; it is none yet. What cannot be deleted stays.
    """
    bags = sorted(metadata.parent for metadata in folder.glob("*/metadata.yaml"))
    for bag in bags[: max(0, len(bags) - count)]:
        shutil.rmtree(bag, ignore_errors=True)
