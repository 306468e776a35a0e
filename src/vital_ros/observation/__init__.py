"""Raw sensor readings to network inputs: one implementation for bag, live and simulation."""

from vital_ros.observation.image import preprocess_image, preprocess_mask, view_window
from vital_ros.observation.spec import ObservationSpec
from vital_ros.observation.tactile import baseline_of, pad, preprocess_tactile, tactile_scale

__all__ = [
    "ObservationSpec",
    "baseline_of",
    "pad",
    "preprocess_image",
    "preprocess_mask",
    "preprocess_tactile",
    "tactile_scale",
    "view_window",
]
