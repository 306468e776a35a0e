"""Where a clone keeps what the set-up makes, and which ROS it stands on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True)
class Workspace:
    """One clone on one ROS.

    Attributes:
        root: the clone.
        distribution: name of the sourced ROS distribution; empty: ROS comes as wheels into the clone's own environment.
        prefixes: AMENT_PREFIX_PATH as sourced; empty with wheels.
    """

    root: Path
    distribution: str = ""
    prefixes: tuple[Path, ...] = ()

    @property
    def state(self) -> Path:
        """Everything that is made here; may be deleted at any time."""
        return self.root / ".vital" / self.distribution

    @property
    def venv(self) -> Path:
        return self.state / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def install(self) -> Path:
        """Merged prefix of the interface packages built here."""
        return self.state / "install"

    @property
    def logs(self) -> Path:
        return self.state / "log"

    def provides(self, package: str) -> bool:
        """Whether the sourced ROS has a package, from wherever it was built."""
        return any((prefix / "share" / package / "package.xml").is_file() for prefix in self.prefixes)


def find_workspace(root: Path) -> Workspace:
    """The clone at `root` on the sourced ROS distribution where rclpy can be imported from it, otherwise on wheels."""
    distribution = os.environ.get("ROS_DISTRO", "")
    if not distribution or find_spec("rclpy") is None:
        return Workspace(root)
    own = root / ".vital"
    prefixes = (Path(text) for text in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if text)
    return Workspace(root, distribution, tuple(prefix for prefix in prefixes if own not in prefix.parents))
