"""The chroma-key screen that demonstrations are given before: where it is, and what it shows to be an object."""

from __future__ import annotations

import cv2
import numpy as np

from vital_ros.augmentation.interfaces import Image, Mask

SATURATED = 80
SCREEN_SHARE = 0.2
"""Of the frame that has to be of about one saturated hue to be a screen."""
SCREEN_WIDTH = 12
"""Of OpenCV's 180 hues, either side."""
CORE = np.ones((3, 3), np.uint8)
"""An island is no line: along every outline, pixels are half screen."""


def screen_of(image: Image) -> Mask | None:
    """The pixels of a chroma-key screen; None when no saturated colour fills enough of the frame."""
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    saturated = (hsv[..., 1] >= SATURATED) & (hsv[..., 2] >= 40)
    counts = np.bincount(hsv[..., 0][saturated], minlength=180)
    width = 2 * SCREEN_WIDTH + 1
    sums = np.convolve(np.concatenate([counts[-SCREEN_WIDTH:], counts, counts[:SCREEN_WIDTH]]), np.ones(width), "valid")
    hue = int(sums.argmax())
    if sums[hue] < SCREEN_SHARE * saturated.size:
        return None
    distance = np.abs((hsv[..., 0].astype(int) - hue + 90) % 180 - 90)
    return np.asarray(saturated & (distance <= SCREEN_WIDTH))


def with_islands(image: Image, mask: Mask) -> Mask:
    """A mask of all objects, with what touches it and is surrounded by it and a screen: nothing else lies there.

    Table and lens rim, which are no screen either, reach the frame's border.
    """
    screen = screen_of(image)
    if screen is None:
        return mask
    cores = cv2.morphologyEx((~mask & ~screen).astype(np.uint8), cv2.MORPH_OPEN, CORE)
    count, parts = cv2.connectedComponents(cores, connectivity=4)
    border = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    touching = np.unique(parts[cv2.dilate(mask.astype(np.uint8), CORE, iterations=2) > 0])
    inner = np.setdiff1d(np.intersect1d(np.arange(1, count), touching), border)
    island = cv2.dilate(np.isin(parts, inner).astype(np.uint8), CORE) > 0
    return np.asarray(mask | (island & ~screen))
