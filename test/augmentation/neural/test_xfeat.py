"""XFeat with the weights of its package, on warped pictures."""

import cv2
import numpy as np
import pytest

from vital_ros.augmentation.backends import make_correspondence

SPOTS = np.array([[0.4, 0.4], [0.5, 0.5], [0.6, 0.45], [0.45, 0.6]])
"""Of the picture's size."""


@pytest.fixture(scope="module")
def backend():
    return make_correspondence("xfeat")


def warped(picture, degrees, scale, gain, noise):
    """A turned, larger, darker picture, and the similarity that made it."""
    height, width = picture.shape[:2]
    motion = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    motion[:, 2] += (4, -3)
    turned = cv2.warpAffine(picture, motion, (width, height), borderMode=cv2.BORDER_REFLECT)
    noisy = turned * gain + np.random.default_rng(0).normal(0, noise, turned.shape)
    return noisy.clip(0, 255).astype(np.uint8), motion


@pytest.mark.parametrize("shape", [(256, 256), (128, 160)])
@pytest.mark.parametrize(
    ("change", "pixels"), [((3, 1.02, 0.95, 3), 0.5), ((15, 1.1, 0.8, 5), 0.75), ((40, 1.3, 0.65, 5), 2.5)]
)
def test_points_of_a_warped_picture(backend, pictures, shape, change, pixels):
    picture = pictures(1, shape)
    points = SPOTS * shape[::-1]
    frame, motion = warped(picture, *change)
    found = backend.transfer(picture, points, frame)
    away = np.linalg.norm(found.points - (points @ motion[:, :2].T + motion[:, 2]), axis=1)
    assert away.max() < pixels
    assert np.all(found.confidence >= backend.threshold)


def test_frames_of_different_sizes(backend, pictures):
    picture = pictures(1, (128, 160))
    found = backend.transfer(picture, SPOTS * [160, 128], cv2.resize(picture, (320, 256)))
    np.testing.assert_allclose(found.points, 2 * (SPOTS * [160, 128] + 0.5) - 0.5, atol=0.5)


def test_another_picture_or_a_black_one_has_nothing_of_it(backend, pictures):
    picture, points = pictures(1), SPOTS * [128, 96]
    black = np.zeros_like(picture)
    for reference, frame in ((picture, pictures(2)), (picture, black), (black, picture)):
        assert np.all(backend.transfer(reference, points, frame).confidence < backend.threshold)


def test_the_same_every_time(backend, pictures):
    picture = pictures(1)
    frame, _ = warped(picture, 15, 1.1, 0.8, 5)
    first, second = (backend.transfer(picture, SPOTS * [128, 96], frame) for _ in range(2))
    assert np.array_equal(first.points, second.points) and np.array_equal(first.confidence, second.confidence)


def test_nothing_is_printed(capsys):
    make_correspondence("xfeat")
    assert capsys.readouterr().out == ""
