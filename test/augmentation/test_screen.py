"""The chroma-key screen, and what it surrounds."""

import numpy as np
import pytest

from vital_ros.augmentation.screen import screen_of, with_islands

GREEN, GREY, RED = (15, 140, 45), (150, 152, 155), (180, 40, 40)


@pytest.fixture
def picture():
    """A red object with a grey part below it, a grey island apart, a grey table at the border."""
    image = np.full((60, 80, 3), GREEN, np.uint8)
    image[10:30, 20:50] = RED
    image[30:38, 20:50] = GREY
    image[45:52, 60:70] = GREY
    image[:, :6] = GREY
    return image


def test_a_screen_is_what_one_saturated_colour_fills(scene):
    image, masks = scene.draw((26, 52), 16)
    screen = screen_of(image)
    back = ~np.logical_or.reduce(masks)
    assert screen is not None and (screen & back).sum() / (screen | back).sum() > 0.95
    assert screen_of(np.full((20, 20, 3), 128, np.uint8)) is None
    assert screen_of(np.zeros((20, 20, 3), np.uint8)) is None


def test_red_is_a_screen_too_although_its_hues_go_round():
    image = np.full((20, 20, 3), (200, 10, 14), np.uint8)
    image[:10] = (200, 14, 10)
    assert screen_of(image).all()


def test_what_object_and_screen_surround_is_the_objects(picture):
    mask = np.zeros((60, 80), bool)
    mask[10:30, 20:50] = True
    grown = with_islands(picture, mask)
    assert grown[31:37, 21:49].all()
    assert not grown[45:52, 60:70].any() and not grown[:, :6].any()
    assert (grown & (picture == GREEN).all(axis=-1)).sum() == 0 and (grown >= mask).all()


def test_what_reaches_the_border_is_not(picture):
    picture[30:38, :50] = GREY
    mask = np.zeros((60, 80), bool)
    mask[10:30, 20:50] = True
    np.testing.assert_array_equal(with_islands(picture, mask), mask)


def test_without_a_screen_nothing_is_added(picture):
    picture[(picture == GREEN).all(axis=-1)] = (90, 90, 90)
    mask = np.zeros((60, 80), bool)
    mask[10:30, 20:50] = True
    np.testing.assert_array_equal(with_islands(picture, mask), mask)
