"""The names of the gate's rules, and the record of one that tripped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Rule(str, Enum):
    """Why the arm is stopped. Each has a test of the same name in test/arm."""

    OPERATOR = "operator"
    """/arm/stop was called."""
    NO_TASK = "no_task"
    """A setpoint came before /arm/set_task."""
    INVALID = "invalid_setpoint"
    """Unknown source or frame, negative duration, quaternion that is not a unit one."""
    NON_FINITE = "non_finite"
    """NaN or infinity in a setpoint, the arm's pose or the tactile reading."""
    WORKSPACE = "workspace"
    """The arm starts, or a reach goal lies, outside the box that holds."""
    TILT = "tilt"
    """The tool starts, or a reach goal lies, outside the tilt cone."""
    FIRST_MOTION = "first_motion"
    """The first setpoint of a policy lies far from the measured pose."""
    STEP = "step"
    """A later policy setpoint lies far beyond the step cap."""
    TICK = "tick"
    """A servo step beyond the firmware's limit: a defect of the gate itself."""
    STALE_ARM_STATE = "stale_arm_state"
    STALE_CAMERA = "stale_camera"
    STALE_TACTILE = "stale_tactile"
    LATE_SETPOINT = "late_setpoint"
    """The policy's stream of setpoints fell silent."""
    CONTACT = "contact"
    """The tactile norm exceeds the task's limit."""
    DRIVER_ERROR = "driver_error"
    DRIVER_MODE = "driver_mode"
    DRIVER_STATE = "driver_state"
    DRIVER_OFFSET = "driver_offset"
    """The controller's TCP offset changed while the arm was in use."""
    DRIVER_REFUSED = "driver_refused"
    """The driver answered a command with an error."""
    DRIVER_SILENT = "driver_silent"
    """The driver no longer answers commands."""
    GATE_FAILURE = "gate_failure"
    """The gate's own loop raised."""


@dataclass(frozen=True)
class Trip:
    """A rule that tripped.

    Attributes:
        reason: one readable sentence: the thing, its value, its limit.
        time: s, the gate's clock.
    """

    rule: Rule
    reason: str
    time: float


class Violation(Exception):
    """Raised by a check inside the gate; becomes a `Trip`."""

    def __init__(self, rule: Rule, reason: str):
        super().__init__(reason)
        self.rule = rule
        self.reason = reason
