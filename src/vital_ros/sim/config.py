"""The cell's physics and its per-episode imperfections: config/cell.yaml. Nothing here reaches the real robot."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from vital_ros.config.base import Model, Number, Positive, Vector3, load_yaml
from vital_ros.geometry import Pose


class FixtureConfig(Model):
    """Where the fixture stands."""

    position: Vector3 = (0.45, 0.0, 0.05)
    """m, nominal target frame in link_base."""
    yaw: Number = 0.0
    """rad, about z."""

    @property
    def pose(self) -> Pose:
        return Pose.from_rotvec(self.position, (0.0, 0.0, self.yaw))


class PhysicsConfig(Model):
    """Time steps and contact; the values stop a part that misses its hole (MuJoCo's defaults do not)."""

    step: Positive = 0.001
    """s"""
    servo_rate: Positive = 250.0
    """Hz, inverse kinematics and joint targets."""
    friction: Positive = 0.3
    """Sliding, metal on metal."""
    solref: tuple[Number, Number] = (0.002, 1.0)
    solimp: tuple[Number, Number, Number, Number, Number] = (0.98, 0.999, 0.0001, 0.5, 2.0)
    servo_gain: Positive = 6.0
    """Scale of the joint servos' stiffness; 6 leaves 0.7 mm of lag at 5 cm/s."""
    gripper_speed: Positive = 2.0
    """Full strokes per second."""


class GripConfig(Model):
    """The pads that hold the part: an elastic bushing that slips above a force."""

    shear: Positive = 6700.0
    """N/m, along the pads."""
    normal: Positive = 20000.0
    """N/m, along the closing axis."""
    twist: Positive = 0.11
    """Nm/rad, about the closing axis."""
    tilt: Positive = 0.4
    """Nm/rad, about the two other axes."""
    damping_ratio: Positive = 0.7
    slip: Positive = 0.0015
    """m of shear at which the pads slip: 10 N at the stiffness above."""
    slip_twist: Positive = 0.12
    """rad about the closing axis at which they slip."""
    drop: Positive = 0.010
    """m of slip at which the part counts as dropped."""


class TactileModel(Model):
    """AnySkin as a grid of dipoles under a deforming skin; magnitudes are plausible, not calibrated."""

    rate: Positive = 100.0
    """Hz"""
    noise: tuple[Number, Number, Number] = (0.7, 0.7, 1.1)
    """uT rms, x y z."""
    drift: Number = Field(default=0.15, ge=0)
    """uT / sqrt(s)"""
    gain_error: Number = Field(default=0.03, ge=0)
    offset: Number = Field(default=25.0, ge=0)
    """uT rms"""
    creep: Number = Field(default=0.1, ge=0, lt=1)
    """Share of the deformation that follows late."""
    creep_time: Positive = 0.4
    """s"""


class Imperfections(Model):
    """Standard deviations (ranges where two numbers) of what differs from episode to episode."""

    grasp_offset: Number = Field(default=0.0005, ge=0)
    """m, in the plane of the pads."""
    grasp_tilt: Number = Field(default=0.0175, ge=0)
    """rad, about the closing axis; a third of it about the two others."""
    fixture_offset: Number = Field(default=0.0003, ge=0)
    """m, hand-eye and kinematic error together."""
    servo_delay: tuple[Number, Number] = (0.008, 0.020)
    """s"""
    friction: tuple[Number, Number] = (0.8, 1.3)
    """Factor on the friction."""
    image_noise: Number = Field(default=2.0, ge=0)
    """Grey levels rms of the wrist camera."""
    depth_noise: Number = Field(default=0.001, ge=0)
    """Relative to the distance."""
    depth_holes: Number = Field(default=0.01, ge=0, lt=1)
    """Share of depth pixels without a reading."""


class JudgeConfig(Model):
    """When an episode has a verdict."""

    hold: Positive = 0.1
    """s for which the success condition must hold."""
    force: Positive = 90.0
    """N of contact that ends an episode as failed."""


class CellConfig(Model):
    """config/cell.yaml"""

    fixture: FixtureConfig = FixtureConfig()
    physics: PhysicsConfig = PhysicsConfig()
    grip: GripConfig = GripConfig()
    tactile: TactileModel = TactileModel()
    imperfections: Imperfections = Imperfections()
    judge: JudgeConfig = JudgeConfig()


def load_cell_config(directory: Path) -> CellConfig:
    """Read `cell.yaml` of a configuration directory. Raise ConfigError."""
    return load_yaml(CellConfig, directory / "cell.yaml")
