"""What a check has to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Level(str, Enum):
    """FAIL: what the check is about cannot work. WARN: it may not, or nobody could tell."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


class Concern(Exception):
    """Raised by a check that has found something.

    Args:
        found: one line: what is, not what should be.
        remedy: one line: what to do about it; empty where there is nothing to do.
        level: WARN unless told otherwise.
    """

    def __init__(self, found: str, remedy: str = "", level: Level = Level.WARN):
        super().__init__(found)
        self.remedy = remedy
        self.level = level


@dataclass(frozen=True)
class Finding:
    """One line of the table."""

    part: str
    level: Level
    found: str
    remedy: str = ""


def examine(part: str, look: Callable[[], str]) -> Finding:
    """Run a check, which returns what it found in order or raises `Concern`; what else it raises is a FAIL."""
    try:
        return Finding(part, Level.OK, look())
    except Concern as concern:
        return Finding(part, concern.level, str(concern), concern.remedy)
    except Exception as error:  # whatever a broken part raises is what the table is for
        lines = str(error).splitlines()
        found, _, remedy = (lines[0] if lines else type(error).__name__).partition("; ")
        return Finding(part, Level.FAIL, found, remedy)
