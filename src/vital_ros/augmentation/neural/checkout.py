"""Modules of a research repository that is no package: its folders have to be on the path, under common names."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType


def import_from(root: Path, names: Sequence[str]) -> list[ModuleType]:
    """Import modules of a checkout, such as `model.network`, and leave no trace of its names behind.

    Its top-level names (`model`, `util`) may be anybody's: those that are loaded are set aside for the while.

    Raises:
        ImportError: one of them, or what it imports, is not there.
    """
    tops = {path.stem for path in root.iterdir() if path.is_dir() or path.suffix == ".py"}
    aside = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] in tops}
    sys.path.insert(0, str(root))
    try:
        return [import_module(name) for name in names]
    finally:
        sys.path.remove(str(root))
        for name in [name for name in sys.modules if name.split(".")[0] in tops]:
            del sys.modules[name]
        sys.modules.update(aside)
