"""Which calls of the xArm driver make the arm ready, move it and stop it; described, not made.

Facts: servo mode executes only the newest point and does not interpolate; `speed` is ignored in it. Online mode plans
towards the newest target within speed and acceleration. `set_mode` stops the arm, so `set_state 0` always follows.
A call with `wait` would block the driver's only thread, and with it a stop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from vital_ros.arm import xarm
from vital_ros.arm.interpolation import PEAK
from vital_ros.arm.signals import Output
from vital_ros.config import ArmConfig
from vital_ros.geometry import Pose

ONLINE_ACCELERATION = 2000.0
"""mm/s^2 of an online motion."""
ONLINE_SLOWEST = 5.0
"""mm/s; a pure rotation needs some speed to be planned with."""
LEVER = 0.1
"""m that turns an angular speed into the linear one that online planning takes."""
GRIPPER_SPEED = 2000.0
"""Pulses per second."""


@dataclass(frozen=True)
class Call:
    """One request to the driver.

    Attributes:
        service: name below the driver's namespace.
        fields: of the request.
        optional: skipped where the driver does not offer the service.
    """

    service: str
    fields: dict[str, Any] = field(default_factory=dict)
    optional: bool = False


class Backend(Protocol):
    """How motion reaches the driver.

    Attributes:
        mode: xArm mode it needs.
        service: the motion service, of type MoveCartesian.
    """

    mode: int
    service: str

    def request(self, output: Output, tcp: Pose) -> dict[str, Any] | None:
        """Fields of the motion request for one tick, None to send nothing.

        Args:
            tcp: link_tcp in the controller's own tool frame (`xarm.controller_tcp`), inverted: what is appended to
                a pose of link_tcp to get the pose the controller is to reach.
        """
        ...


class ServoBackend:
    """Mode 1: every tick's pose (paper's path)."""

    mode = xarm.SERVO_MODE
    service = "set_servo_cartesian_aa"

    def request(self, output: Output, tcp: Pose) -> dict[str, Any] | None:
        return None if output.pose is None else {"pose": xarm.to_axis_angle(output.pose @ tcp)}


class OnlineBackend:
    """Mode 7: each motion once, as a bounded target with the speed of its profile's peak."""

    mode = xarm.ONLINE_MODE
    service = "set_position"

    def request(self, output: Output, tcp: Pose) -> dict[str, Any] | None:
        segment = output.segment
        if segment is None:
            return None
        mean = max(segment.distance, segment.angle * LEVER) / segment.duration
        return {
            "pose": xarm.to_rpy(segment.goal @ tcp),
            "speed": max(PEAK[segment.profile] * mean * 1e3, ONLINE_SLOWEST),
            "acc": ONLINE_ACCELERATION,
            "wait": False,
        }


BACKENDS: dict[str, type[ServoBackend] | type[OnlineBackend]] = {"servo": ServoBackend, "online": OnlineBackend}


def ready_calls(config: ArmConfig, mode: int) -> list[Call]:
    """From any error-free state to ready in `mode`."""
    load = {"weight": config.tcp_load_mass, "center_of_gravity": [1e3 * v for v in config.tcp_load_center]}
    return [
        Call("motion_enable", {"id": xarm.ALL_JOINTS, "data": 1}),
        Call("set_tcp_load", load, optional=True),
        Call("set_collision_sensitivity", {"data": config.collision_sensitivity}, optional=True),
        Call("set_gripper_enable", {"data": 1}, optional=True),
        Call("set_gripper_mode", {"data": 0}, optional=True),
        Call("set_gripper_speed", {"data": GRIPPER_SPEED}, optional=True),
        Call("set_mode", {"data": mode}),
        Call("set_state", {"data": xarm.READY_STATE}),
    ]


def clear_calls() -> list[Call]:
    """Only at an operator's wish: forget errors and warnings. A servo error needs the motors on before.

    Source: xarm_ros #114.
    """
    return [Call("motion_enable", {"id": xarm.ALL_JOINTS, "data": 1}), Call("clean_error"), Call("clean_warn")]


STOP = Call("set_state", {"data": xarm.STOP_STATE})
LEAVE_MODE = Call("set_mode", {"data": xarm.POSITION_MODE})
"""After a stop: out of the streaming mode, so that nothing sent late moves the arm."""


def gripper_call(opening: float) -> Call:
    return Call("set_gripper_position", {"pos": xarm.to_pulses(opening), "wait": False}, optional=True)
