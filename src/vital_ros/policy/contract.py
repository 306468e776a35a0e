"""The observation contract that a configuration implies: what training writes and deployment compares."""

from __future__ import annotations

from collections.abc import Sequence

from vital_ros.config import Config
from vital_ros.observation import ObservationSpec


def observation_contract(config: Config, tactile_scale: Sequence[float] | None = None) -> ObservationSpec:
    """Of this machine's wrist camera and pads; the scale (uT per unit) is the data's, and compared by nobody."""
    camera = config.cameras.wrist
    scale = tuple(tactile_scale) if tactile_scale is not None else (1.0,) * (3 * config.robot.tactile.magnetometers)
    return ObservationSpec(raw_width=camera.width, raw_height=camera.height, tactile_scale=scale)
