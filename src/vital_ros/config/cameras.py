"""Cameras: resolution, lens and place."""

from __future__ import annotations

import datetime

from pydantic import Field

from vital_ros.config.base import Model, Number, Positive, Quaternion, RosName, Vector3

Matrix3 = tuple[Number, Number, Number, Number, Number, Number, Number, Number, Number]


class Placement(Model):
    """Pose of the optical frame (z forward, x right, y down) in its parent."""

    parent: str
    position: Vector3
    """m"""
    quaternion: Quaternion
    """x y z w"""


class Calibrated(Model):
    """When `./vital calibrate camera` found a camera's numbers, and what it left unexplained."""

    date: datetime.date
    views: int = Field(ge=1)
    residual_px: Number = Field(ge=0)
    """RMS distance of the board's corners from where the calibration puts them, px."""
    residual_mm: Number | None = Field(default=None, ge=0)
    """RMS distance of the board between where the camera sees it and where the arm holds it, mm."""
    residual_deg: Number | None = Field(default=None, ge=0)
    """The same of its rotation, degrees."""


class WristCamera(Model):
    """Fisheye on the wrist; equidistant (Kannala-Brandt) lens as in cv2.fisheye."""

    device: str = "/dev/video0"
    width: int = Field(default=160, ge=16, le=4096)
    height: int = Field(default=128, ge=16, le=4096)
    fps: Positive = Field(default=30.0, le=120)
    frozen_after: Positive = Field(default=0.3, le=5.0)
    """s for which one picture may repeat to the last bit; noise never lets two be equal."""
    black_below: Number = Field(default=2.0, ge=0, le=255)
    """Mean grey level below which a picture counts as black; 0: never."""
    k: Matrix3
    """Row-major camera matrix, px."""
    d: tuple[Number, Number, Number, Number]
    placement: Placement
    calibrated: Calibrated | None = None
    """Of `k` and `d`; null: they were never measured."""


class ThirdCamera(Model):
    """RGB-D camera that sees the table (realsense2_camera)."""

    namespace: RosName = "camera/camera"
    """Of the driver; below the robot's own namespace unless it starts with /."""
    width: int = Field(default=640, ge=64, le=4096)
    height: int = Field(default=480, ge=64, le=4096)
    fps: Positive = Field(default=5.0, le=90)
    k: Matrix3
    placement: Placement
    pair_tolerance: Positive = 0.05
    """s, colour and depth further apart are no pair."""
    calibrated: Calibrated | None = None
    """Of `placement`; null: it was never measured."""


class CamerasConfig(Model):
    """config/cameras.yaml"""

    wrist: WristCamera
    third: ThirdCamera
