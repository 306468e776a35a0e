"""How old the cameras' calibrations are."""

from __future__ import annotations

from datetime import date

from vital_ros.config import Calibrated
from vital_ros.doctor.finding import Concern

OLD = 180
"""days after which a calibration should be looked at again; at once after anybody has touched the camera."""


def age(camera: str, calibrated: Calibrated | None, today: date) -> str:
    """Of the camera's section in cameras.yaml."""
    command = f"./vital calibrate camera {camera} --live"
    if calibrated is None:
        raise Concern("never measured", f"only a real cell needs it: {command}")
    days = (today - calibrated.date).days
    found = f"{calibrated.date}, {calibrated.views} views, {calibrated.residual_px:g} px"
    if calibrated.residual_mm is not None:
        found += f", {calibrated.residual_mm:g} mm"
    if days > OLD:
        raise Concern(f"{days} days old: {found}", command)
    if days < 0:
        raise Concern(f"dated in the future: {found}", "set the machine's clock")
    return found
