"""What a person asks for in one step, and the pose that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.config.task import StepCap
from vital_ros.execution.setpoint import anchor
from vital_ros.geometry import Pose

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Command:
    """One step.

    Attributes:
        move: of link_tcp along the axes of link_base, m, (3,).
        turn: about z of link_base, rad.
        toggle: open the gripper if it is closed, close it if it is open.
        verdict: the episode is a success (True) or a failure (False); None: it goes on.
        stop: stop the arm for good.
        proceed: all is put back, the next episode may begin.
    """

    move: tuple[float, float, float] = (0.0, 0.0, 0.0)
    turn: float = 0.0
    toggle: bool = False
    verdict: bool | None = None
    stop: bool = False
    proceed: bool = False


class Operator(Protocol):
    """A device in a person's hand. Letting it go, or losing it, is an empty command: the arm stands."""

    def poll(self, period: float) -> Command:
        """What was asked for since the last call, `period` s ago; raise DeviceError when the device is gone."""

    def close(self) -> None: ...


class Steering:
    """Commands to poses: each begins where the last one asked to be, on a leash from where the arm is."""

    def __init__(self, cap: StepCap, opening: float):
        self._cap, self._opening = cap, opening
        self._commanded: Pose | None = None

    def step(self, command: Command, measured: Pose) -> tuple[Pose, float]:
        """Pose of link_tcp in link_base and gripper opening for the next step, no further than the cap."""
        start = anchor("commanded", measured, self._commanded, self._cap.translation)
        move = np.asarray(command.move)
        move *= min(1.0, self._cap.translation / max(float(np.linalg.norm(move)), 1e-12))
        turn = float(np.clip(command.turn, -self._cap.rotation, self._cap.rotation))
        rotation = Rotation.from_euler("z", turn) * start.rotation
        if command.toggle:
            self._opening = 0.0 if self._opening > 0.5 else 1.0
        self._commanded = Pose.from_rotation(start.position + move, rotation)
        return self._commanded, self._opening
