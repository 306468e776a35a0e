"""The cell's physics and its per-episode imperfections: config/cell.yaml. Nothing here reaches the real robot."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from vital_ros.config.base import Model, Number, Positive, load_yaml


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
    inertia: Positive = Field(default=3e-5, gt=1e-5)
    """kg m2 that turns in the pads, most of it the joints' armature: contacts at a long lever need it to stay hard."""
    damping_ratio: Positive = 0.7
    slip: Positive = 0.0015
    """m of shear at which the pads slip: 10 N at the stiffness above."""
    slip_twist: Positive = 0.12
    """rad about the closing axis at which they slip."""
    drop: Positive = 0.010
    """m of slip at which the part counts as dropped."""


class FingerConfig(Model):
    """The fingers of a hand that grasps."""

    force: Positive = 28.0
    """N, largest of each finger."""
    stiffness: Positive = 3000.0
    """N/m, of the servo below that."""
    friction: Positive = 1.0
    """Sliding, of the skins."""


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
    """m, of the fixture from where it is thought to be: hand-eye and kinematic error together; a third of it in z."""
    servo_delay: tuple[Number, Number] = (0.008, 0.020)
    """s"""
    friction: tuple[Number, Number] = (0.8, 1.3)
    """Factor on the friction."""
    camera_latency: tuple[Number, Number] = (0.040, 0.080)
    """s from light to frame of the wrist camera; its driver's stamps do not show it."""
    skins: int = Field(default=4, ge=1, le=32)
    """Pairs of AnySkin that episodes draw from; each has its own magnetisation and gains (see TactileModel)."""
    image_noise: Number = Field(default=2.0, ge=0)
    """Grey levels rms of the wrist camera."""
    depth_noise: Number = Field(default=0.001, ge=0)
    """Relative to the distance."""
    depth_holes: Number = Field(default=0.01, ge=0, lt=1)
    """Share of depth pixels without a reading."""


class JudgeConfig(Model):
    """When an episode has failed."""

    margin: Number = Field(default=0.01, ge=0)
    """m outside of the task's workspace at which the hand, or a free part, is out of the box."""
    force: Positive = 90.0
    """N of contact that ends an episode as failed."""


class CellConfig(Model):
    """config/cell.yaml"""

    physics: PhysicsConfig = PhysicsConfig()
    grip: GripConfig = GripConfig()
    fingers: FingerConfig = FingerConfig()
    tactile: TactileModel = TactileModel()
    imperfections: Imperfections = Imperfections()
    judge: JudgeConfig = JudgeConfig()


def load_cell_config(directory: Path) -> CellConfig:
    """Read `cell.yaml` of a configuration directory. Raise ConfigError."""
    return load_yaml(CellConfig, directory / "cell.yaml")
