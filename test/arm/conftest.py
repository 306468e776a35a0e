"""A gate with all its inputs alive, driven by a clock that the test owns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest

from vital_ros.arm import GateState, Output, Report, SafetyGate, Setpoint, Source
from vital_ros.arm.xarm import SERVO_MODE
from vital_ros.config import ArmConfig, TaskConfig
from vital_ros.geometry import Pose

RATE = 150.0
TARGET = Pose((0.40, 0.0, 0.10))
START = Pose((0.40, 0.0, 0.18), (1.0, 0.0, 0.0, 0.0))
OFFSET = (0.0, 0.0, 172.0, 0.0, 0.0, 0.0)


def arm_config(**changes: object) -> ArmConfig:
    return ArmConfig(workspace={"min": (0.2, -0.36, 0.04), "max": (0.62, 0.36, 0.6)}, **changes)


def task_config(**changes: object) -> TaskConfig:
    fields = {
        "name": "key_lock",
        "title": "Key",
        "prompt": "key lock",
        "target_offset": (0, 0, 0),
        "start_box": {"center": (0, 0, 0.10), "size": (0.06, 0.06, 0.0)},
        "workspace": {"min": (-0.06, -0.06, 0.015), "max": (0.06, 0.06, 0.16)},
        "tilt_limit": 0.15,
        "max_step": {"translation": 0.012, "rotation": 0.10},
        "goal": (0, 0, 0.022),
        "time_limit": 15,
        "collision_force": 45,
        "tactile_limit": 600,
        "gripper_opening": 0,
    }
    return TaskConfig(**(fields | changes))


class Bench:
    """A gate, its clock and its streams; the arm follows every command at once.

    Attributes:
        t: s.
        silent: streams that have stopped: `report`, `camera`, `tactile`.
        commands: poses that left the gate, with their times.
    """

    def __init__(self, config: ArmConfig, task: TaskConfig | None, start: Pose = START):
        self.config = config
        self.gate = SafetyGate(config, SERVO_MODE)
        self.t = 100.0
        self.report = Report(start, SERVO_MODE, 2, 0, OFFSET)
        self.norm = 0.0
        self.outstanding = 0
        self.silent: set[str] = set()
        self.commands: list[tuple[float, Pose]] = []
        self.outputs: list[Output] = []
        self._sequence = 0
        self.gate.on_camera(self.t)
        self.gate.on_tactile(self.t, 0.0)
        if task is not None:
            self.gate.set_task(task, TARGET)
        self.gate.arm(self.t, self.report)

    def tick(self, elapsed: float = 1 / RATE) -> Output:
        """One servo tick with fresh inputs."""
        self.t += elapsed
        if "report" not in self.silent:
            self.gate.on_report(self.t, self.report)
        if "camera" not in self.silent:
            self.gate.on_camera(self.t)
        if "tactile" not in self.silent:
            self.gate.on_tactile(self.t, self.norm)
        output = self.gate.tick(self.t, self.outstanding)
        self.outputs.append(output)
        if output.pose is not None:
            self.commands.append((self.t, output.pose))
            self.report = replace(self.report, pose=output.pose)
        return output

    def run(self, seconds: float) -> list[Output]:
        return [self.tick() for _ in range(round(seconds * RATE))]

    def ask(self, pose: Pose = START, **changes: object) -> None:
        """Send a setpoint; a policy step unless told otherwise."""
        self._sequence += 1
        fields: dict = {
            "source": Source.POLICY,
            "sequence": self._sequence,
            "stamp": self.t,
            "position": tuple(pose.position),
            "quaternion": tuple(pose.quaternion),
            "opening": 0.0,
            "duration": 1 / 6,
        }
        self.gate.on_setpoint(self.t, Setpoint(**(fields | changes)))

    @property
    def stopped_by(self) -> str:
        """Name of the rule that tripped; nothing may have left the gate since."""
        if self.gate.trip is None:
            return ""
        assert self.gate.state == GateState.STOPPED
        assert all(t <= self.gate.trip.time for t, _ in self.commands)
        return self.gate.trip.rule.value


def moved(pose: Pose, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Pose:
    return Pose(pose.position + np.array((x, y, z)), pose.quaternion)


def turned(pose: Pose, rotvec: Iterable[float]) -> Pose:
    """Turned about an axis of the tool."""
    return pose @ Pose.from_rotvec((0, 0, 0), list(rotvec))


@pytest.fixture
def make_bench() -> Callable[..., Bench]:
    def make(start: Pose = START, task: TaskConfig | None = None, **changes: object) -> Bench:
        return Bench(arm_config(**changes), task or task_config(), start)

    return make


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()
