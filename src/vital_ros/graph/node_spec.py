"""One process of a graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class NodeSpec:
    """One process of the graph.

    Attributes:
        executable: name of the executable in `package`, and of the module in vital_ros.nodes.
        namespace: of the robot it belongs to, "left"; empty: the root.
        lifecycle: driven by the supervisor's bring-up.
        motion: its end ends all motion; it is stopped before the devices.
    """

    executable: str
    parameters: dict[str, Any] = field(default_factory=dict)
    package: str = "vital_ros"
    name: str = ""
    lifecycle: bool = False
    motion: bool = False
    namespace: str = ""

    @property
    def remappings(self) -> list[tuple[str, str]]:
        """Robots that are simulated at a speed of their own have a clock of their own."""
        return [("/clock", f"/{self.namespace}/clock")] if self.namespace else []

    @property
    def node_name(self) -> str:
        return self.name or self.executable

    @property
    def enclave(self) -> str:
        """Where SROS 2 finds the keys of this process."""
        return "/".join(filter(None, ("/vital_ros", self.namespace, self.node_name)))
