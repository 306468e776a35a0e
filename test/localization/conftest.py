"""A flat synthetic scene: a patterned object on a table, seen straight from above."""

import cv2
import numpy as np
import pytest

from vital_ros.localization.registry import ObjectCard, RegisteredObject


def draw_object(size: int = 40) -> np.ndarray:
    """A round lock with a dark slot on a green plate, RGB."""
    image = np.full((size, size, 3), (30, 150, 60), np.uint8)
    centre = (size // 2, size // 2)
    cv2.circle(image, centre, size // 3, (190, 190, 200), -1, cv2.LINE_AA)
    cv2.rectangle(image, (centre[0] - 2, centre[1] - 8), (centre[0] + 2, centre[1] + 8), (20, 20, 20), -1)
    return image


def draw_scene(centre: tuple[int, int] | None, scale: float = 1.0, seed: int = 0) -> np.ndarray:
    """480 x 640 RGB with the object's centre at pixel (u, v), or without it, on a noisy green table."""
    rng = np.random.default_rng(seed)
    image = np.full((480, 640, 3), (30, 150, 60), np.int16)
    if centre is not None:
        size = round(40 * scale)
        patch = cv2.resize(draw_object(), (size, size), interpolation=cv2.INTER_AREA)
        top, left = centre[1] - size // 2, centre[0] - size // 2
        image[top : top + size, left : left + size] = patch
    return np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def scene():
    return draw_scene


@pytest.fixture
def lock() -> RegisteredObject:
    return RegisteredObject(ObjectCard(label="key lock", aliases=("keyhole",), point=(19.5, 19.5)), draw_object())
