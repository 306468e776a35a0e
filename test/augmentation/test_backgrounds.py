"""Backgrounds: repeatable and diverse."""

import numpy as np
import pytest

from vital_ros.augmentation.backgrounds import procedural_backgrounds
from vital_ros.augmentation.surfaces import KINDS


@pytest.mark.parametrize("kind", dict.fromkeys(KINDS), ids=lambda kind: kind.__name__)
def test_every_surface_is_of_its_size_repeats_with_its_seed_and_is_not_flat(kind):
    first, again, other = (kind(48, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.shape == (48, 48, 3) and first.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    assert (first != other).any() and first.std(axis=(0, 1)).max() > 0.005


def test_made_up_backgrounds_are_bright_and_dark_and_of_all_colours():
    pool = procedural_backgrounds(100, 32, np.random.default_rng(0))
    assert pool.shape == (100, 32, 32, 3) and pool.dtype == np.uint8
    means = pool.mean(axis=(1, 2))
    assert means.mean(axis=1).min() < 60 and means.mean(axis=1).max() > 150
    assert (np.ptp(means, axis=0) > 120).all()
