"""A flat synthetic scene: a patterned object on a table, seen straight from above."""

import cv2
import numpy as np
import pytest

from vital_ros.config.task import Workspace
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.pointer import Sight
from vital_ros.localization.registering import register_by_outline

CAMERA = PinholeCamera(600.0, 600.0, 319.5, 239.5)
ABOVE = Pose((0.45, 0.0, 1.0), (1, 0, 0, 0))
SIZE = 40
GREEN = (30, 150, 60)


def draw_object() -> np.ndarray:
    """A round lock with a dark slot and a yellow mark on a blue plate, RGB."""
    image = np.full((SIZE, SIZE, 3), (40, 60, 140), np.uint8)
    centre = (SIZE // 2, SIZE // 2)
    cv2.circle(image, centre, SIZE // 3, (190, 190, 200), -1, cv2.LINE_AA)
    cv2.rectangle(image, (centre[0] - 2, centre[1] - 8), (centre[0] + 2, centre[1] + 8), (20, 20, 20), -1)
    cv2.rectangle(image, (2, 2), (9, 9), (220, 190, 40), -1)
    return image


def draw_scene(centre, scale: float = 1.0, turn: float = 0.0, light: float = 1.0, seed: int = 0) -> np.ndarray:
    """480 x 640 RGB with the object's middle at pixel (u, v), turned by so many degrees, or without it if None."""
    image = np.full((480, 640, 3), GREEN, np.uint8)
    if centre is not None:
        motion = cv2.getRotationMatrix2D((SIZE / 2 - 0.5, SIZE / 2 - 0.5), turn, scale)
        motion[:, 2] += np.array(centre) - (SIZE / 2 - 0.5)
        cv2.warpAffine(draw_object(), motion, (640, 480), image, cv2.INTER_AREA, cv2.BORDER_TRANSPARENT)
    noise = np.random.default_rng(seed).normal(0, 4, image.shape)
    return np.clip(light * image + noise, 0, 255).astype(np.uint8)


def seen(image) -> Sight:
    return Sight(image, CAMERA, ABOVE)


@pytest.fixture
def scene():
    return draw_scene


@pytest.fixture
def sight():
    """Of draw_scene's arguments: the camera's sight of it."""
    return lambda *arguments, **options: seen(draw_scene(*arguments, **options))


@pytest.fixture
def workspace():
    return Workspace(min=(0.2, -0.36, 0.04), max=(0.62, 0.36, 0.6))


@pytest.fixture(scope="session")
def lock():
    """Registered from one picture of it."""
    u, v, half = 320.0, 240.0, SIZE / 2 - 1
    outline = [(u - half, v - half), (u + half, v - half), (u + half, v + half), (u - half, v + half)]
    return register_by_outline(seen(draw_scene((u, v))), outline, 0.05, "key lock", ("keyhole",), (u, v))
