"""The nearest neighbour of dense features, on features that are known."""

import numpy as np
import pytest
import torch

from vital_ros.augmentation.neural.dense import DenseCorrespondence
from vital_ros.augmentation.neural.remembered import REMEMBERED


class Colours(DenseCorrespondence):
    """A pixel's colour, at half the size."""

    def __init__(self):
        super().__init__(0.5)
        self.described = 0

    def describe(self, image):
        self.described += 1
        return torch.from_numpy(np.array(image)).permute(2, 0, 1)[:, ::2, ::2].float() - 127.5


@pytest.fixture
def backend():
    return Colours()


def test_a_shift_is_found_within_a_cell(backend, picture):
    moved = np.roll(picture, (8, 12), axis=(0, 1))
    found = backend.transfer(picture, np.array([[40.0, 30.0], [70.0, 60.0]]), moved)
    np.testing.assert_allclose(found.points, [[52, 38], [82, 68]], atol=2)
    assert np.all(found.confidence > 0.95)


def test_a_one_way_neighbour_is_believed_half(backend):
    """Red is twice in the reference: the way back from the frame's red ends at the first one, not at the point."""
    reference = np.full((40, 60, 3), (0, 0, 255), np.uint8)
    frame = reference.copy()
    for x in (10, 40):
        reference[10:16, x : x + 6] = (255, 0, 0)
    frame[20:26, 30:36] = (255, 0, 0)
    first, second = backend.transfer(reference, np.array([[11.0, 11.0], [44.0, 14.0]]), frame).confidence
    assert first > 0.9
    assert second == pytest.approx(first / 2, abs=0.05)


def test_the_reference_is_described_once(backend, picture):
    points = np.array([[40.0, 30.0]])
    for seed in range(3):
        frame = np.random.default_rng(seed).integers(0, 255, picture.shape, dtype=np.uint8)
        backend.transfer(picture, points, frame)
        backend.transfer(picture, points, frame)
    assert backend.described == 1 + 3
    assert len(backend._described._known) <= REMEMBERED
