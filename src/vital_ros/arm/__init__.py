"""The arm: interpolation, safety gate, xArm backends; free of ROS."""

from vital_ros.arm.backends import BACKENDS, Call
from vital_ros.arm.contact import contact_norm
from vital_ros.arm.gate import SafetyGate
from vital_ros.arm.rules import Rule, Trip
from vital_ros.arm.signals import GateState, Output, Report, Setpoint, Source

__all__ = [
    "BACKENDS",
    "Call",
    "GateState",
    "Output",
    "Report",
    "Rule",
    "SafetyGate",
    "Setpoint",
    "Source",
    "Trip",
    "contact_norm",
]
