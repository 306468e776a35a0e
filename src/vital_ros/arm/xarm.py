"""The xArm's own words: millimetres, roll-pitch-yaw and axis-angle, gripper pulses, codes.

The only module, beside the simulated driver, that knows them. Sources: xarm_ros2 xarm_msgs and xarm_api
(src/xarm_driver.cpp), xArm-Python-SDK doc/api/xarm_api_code.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from vital_ros.geometry import Pose

POSITION_MODE, SERVO_MODE, ONLINE_MODE = 0, 1, 7
READY_STATE, STOP_STATE = 0, 4
"""Values of set_state."""
ALL_JOINTS = 8
GRIPPER_PULSES = 850.0
"""Pulses of the open gripper; 0 is closed."""
GRIPPER_CLOSED_ANGLE = 0.85
"""rad of drive_joint when closed: pulse = 850 - 1000 rad."""
GRIPPER_JOINT = "drive_joint"
LINK_TCP = Pose((0.0, 0.0, 0.172))
"""link_tcp in link_eef, the flange (xarm_gripper.urdf.xacro)."""

ERRORS = {
    1: "the emergency stop of the control box is pressed",
    2: "the emergency stop of the control box is pressed",
    3: "the three-state switch or emergency IO is open",
    **{code: f"servo of joint {code - 10}" for code in range(11, 18)},
    19: "end module communication",
    21: "kinematic error",
    22: "self collision",
    23: "joint angle beyond its limit",
    24: "speed beyond its limit",
    25: "planning error",
    27: "no reply of the controller",
    28: "end module communication",
    30: "feedback speed beyond its limit",
    31: "collision: abnormal joint current",
    35: "safety boundary",
    36: "too many delayed commands",
    37: "abnormal motion in manual mode",
    38: "abnormal joint angle",
    40: "no inverse kinematics for the pose",
    **dict.fromkeys(range(50, 54), "force-torque sensor"),
}
RETURNS = {
    1: "an error is not cleared",
    3: "time-out",
    8: "sending failed",
    9: "not ready to move",
    100: "waiting timed out",
    -2: "not enabled",
}
ACCEPTED = (0, 2)
"""Return values of a command that was taken; 2: an old warning is not cleared."""


def describe_error(code: int) -> str:
    """`31 (collision: abnormal joint current)`"""
    if code == 0:
        return "0"
    return f"{code} ({ERRORS.get(code, 'see the xArm manual')})"


def describe_return(code: int) -> str:
    return f"{code} ({RETURNS.get(code, 'see xarm_api_code.md')})"


def to_axis_angle(pose: Pose) -> list[float]:
    """x y z in mm and the rotation vector in rad (set_servo_cartesian_aa)."""
    return [*(pose.position * 1e3).tolist(), *pose.rotvec.tolist()]


def to_rpy(pose: Pose) -> list[float]:
    """x y z in mm and fixed-axis roll pitch yaw in rad (set_position)."""
    return [*(pose.position * 1e3).tolist(), *pose.rotation.as_euler("xyz").tolist()]


def from_rpy(values: Sequence[float]) -> Pose:
    """The inverse of `to_rpy`; ValueError for numbers that are not finite."""
    numbers = np.asarray(values, dtype=np.float64)
    return Pose(numbers[:3] * 1e-3, Rotation.from_euler("xyz", numbers[3:6]).as_quat())


def controller_tcp(offset: Sequence[float]) -> Pose:
    """link_tcp in the frame whose pose the controller reports and follows.

    That frame is the flange moved by the offset set in UFACTORY Studio (mm, rad), whatever it is:
    `link_tcp = reported @ controller_tcp(offset)`.
    """
    return from_rpy(offset).inverse() @ LINK_TCP if len(offset) == 6 else Pose()


def to_pulses(opening: float) -> float:
    """Gripper pulses of an opening 0 closed .. 1 open."""
    return GRIPPER_PULSES * opening


def opening_from_joint(angle: float) -> float:
    """Opening 0 closed .. 1 open from drive_joint, rad."""
    return min(max(1.0 - angle / GRIPPER_CLOSED_ANGLE, 0.0), 1.0)
