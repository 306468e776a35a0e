"""Camera frame to network image: crop, resize, channel order, view mask. Fisheye frames stay unrectified."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.observation.spec import ObservationSpec


def preprocess_image(raw: NDArray[np.uint8], spec: ObservationSpec) -> NDArray[np.uint8]:
    """Crop, resize, order the channels and mask the view of one frame.

    Args:
        raw: RGB, shape (raw_height, raw_width, 3).

    Returns:
        Shape (image_size, image_size, 3), channels as the contract says.

    Raises:
        ValueError: the frame has another size than the contract's.
    """
    if raw.shape != (spec.raw_height, spec.raw_width, 3):
        raise ValueError(f"wrist frame is {raw.shape}, the policy expects {(spec.raw_height, spec.raw_width, 3)}")
    image = _crop_and_resize(raw, spec, cv2.INTER_AREA)
    image = np.ascontiguousarray(image[..., ::-1] if spec.channel_order == "bgr" else image)
    return mask_view(image) if spec.view_mask else image


def view_window(size: int) -> tuple[slice, slice]:
    """Rows and columns that the view mask keeps of a square image: 26 .. 127 and 42 .. 105 of 128 (release: crop_view).

    They hold the gripper and what is between its fingers, and little of the background.
    """
    top, left, right = (round(size * edge / 128) for edge in (26, 42, 106))
    return slice(top, size), slice(left, right)


def mask_view(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A copy of (size, size, 3) that is black outside the window."""
    rows, columns = view_window(len(image))
    seen = np.zeros_like(image)
    seen[rows, columns] = image[rows, columns]
    return seen


def preprocess_mask(raw: NDArray[np.uint8], spec: ObservationSpec) -> NDArray[np.uint8]:
    """The same geometry for a mask, shape (raw_height, raw_width), without blending values."""
    return np.ascontiguousarray(_crop_and_resize(raw, spec, cv2.INTER_NEAREST))


def _crop_and_resize(raw: NDArray[np.uint8], spec: ObservationSpec, interpolation: int) -> NDArray[np.uint8]:
    kept = raw[:, : round(spec.raw_width * (1 - spec.crop_right))]
    size = (spec.image_size, spec.image_size)
    if kept.shape[:2] == size:
        return kept
    return np.asarray(cv2.resize(kept, size, interpolation=interpolation), dtype=np.uint8)
