"""What a step was made from, as a digest that a file remembers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(facts: Iterable[str], files: Iterable[Path] = ()) -> str:
    """Hash of strings and of files' paths and contents."""
    total = hashlib.sha256()
    for fact in facts:
        total.update(fact.encode() + b"\0")
    for file in sorted(files):
        total.update(str(file).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


class Stamps:
    """One small file a step; a step without its stamp is not done, whatever lies on the disk."""

    def __init__(self, directory: Path):
        self._directory = directory

    def done(self, step: str, made_from: str) -> bool:
        try:
            return (self._directory / step).read_text() == made_from
        except OSError:
            return False

    def clear(self, step: str) -> None:
        (self._directory / step).unlink(missing_ok=True)

    def write(self, step: str, made_from: str) -> None:
        """Atomic: an interruption leaves either no stamp or a whole one."""
        self._directory.mkdir(parents=True, exist_ok=True)
        partial = self._directory / f"{step}.partial"
        partial.write_text(made_from)
        partial.replace(self._directory / step)
