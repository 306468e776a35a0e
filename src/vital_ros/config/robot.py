"""The robot's side: arm, gripper, tactile sensor, executor."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vital_ros.config.base import Model, Number, Positive, RosName, Vector3
from vital_ros.config.task import Workspace


class Staleness(Model):
    """Age at which a stream counts as stale, s."""

    arm_state: Positive = 0.15
    camera: Positive = 0.3
    tactile: Positive = 0.1
    setpoint: Positive = 1.0
    """Silence of a policy's setpoint stream after which the gate stops for good; it holds at once."""


class ArmConfig(Model):
    """Arm, command backend and the gate's limits (robot_ros driver: xarm_api)."""

    namespace: RosName = "xarm"
    """Of the driver; below the robot's own namespace unless it starts with /."""
    backend: Literal["servo", "online"] = "servo"
    servo_rate: Positive = Field(default=150.0, ge=100, le=250)
    """Hz; a multiple of the policy rate is convenient, the firmware wants 100..250."""
    profile: Literal["min_jerk", "linear"] = "min_jerk"
    anchor: Literal["measured", "commanded"] = "measured"
    """Pose a policy delta is added to."""
    workspace: Workspace
    """m, link_base; holds for every motion, beside the task's own box."""
    max_speed: Positive = Field(default=0.25, le=1.0)
    """m/s, cap of every command."""
    max_angular_speed: Positive = Field(default=1.0, le=3.2)
    """rad/s"""
    max_acceleration: Positive = Field(default=5.0, le=50.0)
    """m/s^2, of every motion with profile min_jerk; the largest policy step at 6 Hz needs 2.5."""
    max_angular_acceleration: Positive = Field(default=25.0, le=250.0)
    """rad/s^2"""
    reach_speed: Positive = Field(default=0.15, le=0.5)
    """m/s, peak of a reach motion."""
    max_tick_translation: Positive = Field(default=0.010, le=0.010)
    """m per servo tick (firmware rule)."""
    max_tick_rotation: Positive = Field(default=0.052, le=0.1)
    """rad per servo tick (3 degrees)."""
    staleness: Staleness = Staleness()
    collision_sensitivity: int = Field(default=3, ge=1, le=5)
    tcp_load_mass: Number = Field(default=0.82, ge=0, le=4)
    """kg, gripper and held part."""
    tcp_load_center: Vector3 = (0.0, 0.0, 0.048)
    """m, in the flange frame."""


class TactileConfig(Model):
    """AnySkin on a serial port."""

    port: str = "/dev/ttyACM0"
    baud_rate: int = Field(default=115200, gt=0)
    sensors: int = Field(default=2, ge=1, le=4)
    """Pads in one frame."""
    magnetometers: int = Field(default=5, ge=1, le=8)
    baseline_samples: int = Field(default=5, ge=1, le=100)
    """Readings whose median is the baseline (release: 5)."""
    frozen_after: Positive = Field(default=0.3, le=5.0)
    """s for which one reading may repeat to the last bit; noise never lets two be equal."""
    rest_std: Positive = 10.0
    """uT, a baseline with a larger spread is refused: something moved."""


class ExecutorConfig(Model):
    """The policy executor."""

    rate: Positive = Field(default=6.0, le=30)
    """Hz (paper A1.1)."""
    reach_tolerance: Positive = 0.002
    """m"""
    reach_timeout: Positive = 30.0
    """s"""
    localize_timeout: Positive = 20.0
    """s"""
    localize_retries: int = Field(default=1, ge=0, le=3)
    """Further looks when the localiser finds nothing it trusts."""
    retries: int = Field(default=0, ge=0, le=3)
    """Further tries, localised anew, when the policy's time runs out; 0: success rates count first tries only."""
    confirm_timeout: Number = Field(default=0.0, ge=0, le=120)
    """s that an operator has to allow each reach by /policy_executor/confirm; 0: nobody is asked."""


class RobotConfig(Model):
    """config/robot.yaml"""

    arm: ArmConfig
    tactile: TactileConfig = TactileConfig()
    executor: ExecutorConfig = ExecutorConfig()
