"""A small scene before a green screen: a hand with a part in it sinks towards a fixture; every mask is known."""

from dataclasses import dataclass
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from vital_ros.augmentation.annotation import Reference, parse_annotation
from vital_ros.bags import EpisodeWriter
from vital_ros.bags import messages as m

WIDTH, HEIGHT, FINE = 80, 64, 4
SCREEN, HAND, PART, FIXTURE = (15, 140, 45), (26, 24, 28), (220, 120, 20), (40, 60, 160)
PATCHES = ((220, 40, 30), (235, 235, 230), (235, 205, 20))


@dataclass
class Clip:
    """Frames, the objects' masks in each (fixture, held, hand), and their union."""

    frames: list
    objects: list

    @property
    def union(self):
        return np.array([np.logical_or.reduce(masks) for masks in self.objects])


def draw(place, size, noise=1.5, seed=0):
    """One frame with the fixture of edge `size` px centred at `place`; returns the picture and the three masks."""
    rng = np.random.default_rng(seed)
    image = np.ones((HEIGHT * FINE, WIDTH * FINE, 3), np.float32) * SCREEN
    image *= np.linspace(0.8, 1.1, WIDTH * FINE)[None, :, None]
    layers = np.zeros((HEIGHT * FINE, WIDTH * FINE), np.uint8)
    x, y = place

    def box(left, top, right, bottom, colour, layer):
        left, top, right, bottom = (round(v * FINE) for v in (left, top, right, bottom))
        image[max(0, top) : bottom, max(0, left) : right] = colour
        layers[max(0, top) : bottom, max(0, left) : right] = layer

    half = size / 2
    box(x - half, y - half, x + half, y + half, FIXTURE, 1)
    for (dx, dy), colour in zip(((-0.25, -0.25), (-0.25, 0.25), (0.25, 0.2)), PATCHES, strict=True):
        box(x + (dx - 0.15) * size, y + (dy - 0.15) * size, x + (dx + 0.15) * size, y + (dy + 0.15) * size, colour, 1)
    box(37, 12, 43, 36, PART, 2)
    left = np.array([[10, -1], [30, -1], [37, 10], [37, 30], [30, 30]], np.int32)
    for finger in (left, (left * [-1, 1] + [WIDTH, 0]).astype(np.int32)):
        cv2.fillPoly(image, [finger * FINE], HAND)
        cv2.fillPoly(layers, [finger * FINE], 3)
    small = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    noisy = small + noise * rng.standard_normal(small.shape)
    masks = [
        cv2.resize((layers == layer).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) > 0.5
        for layer in (1, 2, 3)
    ]
    return noisy.clip(0, 255).astype(np.uint8), masks


def film(frames=20, start=(26.0, 52.0), end=(40.0, 46.0), grow=1.5):
    shown = [
        draw(np.array(start) + (np.array(end) - start) * share, 16 * (1 + (grow - 1) * share), seed=index)
        for index, share in enumerate(np.linspace(0, 1, frames))
    ]
    return Clip([image for image, _ in shown], [masks for _, masks in shown])


def points_at(place, size):
    """Key points of `draw`'s objects."""
    x, y = place
    fixture = [[x + dx * size, y + dy * size] for dx, dy in ((-0.25, -0.25), (-0.25, 0.25), (0.25, 0.2), (0.3, -0.3))]
    return {
        "fixture": fixture,
        "held": [[40, 15], [40, 24], [40, 33]],
        "hand": [[18, 2], [27, 6], [33, 14], [33, 26], [62, 2], [53, 6], [47, 14], [47, 26]],
    }


def annotation(place=(26.0, 52.0), size=16, **changes):
    objects = [{"name": name, "points": points} for name, points in points_at(place, size).items()]
    data = {"episode": "demo_0", "width": WIDTH, "height": HEIGHT, "objects": objects,
            "negative": [[8, 40], [70, 40], [40, 5], [60, 60]]}  # fmt: skip
    return {**data, **changes}


@pytest.fixture
def reference():
    image, _ = draw((26.0, 52.0), 16)
    return Reference(parse_annotation(annotation(), "test"), image)


@pytest.fixture
def clip():
    return film()


@pytest.fixture
def write_demo(tmp_path):
    """An episode in <tmp>/demos with the wrist frames of a clip and, unless told otherwise, their true masks."""

    def write(name, clip, truth=True, success=True, task="key_lock"):
        with EpisodeWriter(tmp_path / "demos" / name, {"task": task, "success": success}) as writer:
            for index, image in enumerate(clip.frames):
                stamp = 10**9 + round(index * 1e9 / 30)
                writer.write("/wrist_camera/image_raw", m.image_message(image, "rgb8", stamp, "wrist"), stamp)
                if truth:
                    mask = np.where(clip.union[index], 255, 0).astype(np.uint8)
                    writer.write("/sim/wrist_mask", m.image_message(mask, "mono8", stamp, "wrist"), stamp)
        return tmp_path / "demos"

    return write


@pytest.fixture
def scene():
    """The functions above, for tests that want another scene."""
    return SimpleNamespace(draw=draw, film=film, points_at=points_at, annotation=annotation)
