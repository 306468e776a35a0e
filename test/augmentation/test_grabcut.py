"""Segmentation by GrabCut: from points to the object's outline."""

import numpy as np
import pytest

from vital_ros.augmentation.grabcut import GrabCutSegmenter


def iou(mask, truth):
    return (mask & truth).sum() / (mask | truth).sum()


@pytest.mark.parametrize("name", ["fixture", "held", "hand"])
def test_every_object_of_the_scene(reference, scene, name):
    image, masks = scene.draw((26, 52), 16, seed=3)
    points = reference.points()
    others = np.concatenate([reference.negative(), *(p for other, p in points.items() if other != name)])
    found = GrabCutSegmenter().segment(image, points[name], others)
    truth = masks[list(points).index(name)]
    assert found.mask.shape == truth.shape and found.mask.dtype == bool
    assert iou(found.mask, truth) > 0.8  # one pixel around the fixture is a third of it
    assert 0.7 < found.confidence <= 1


def test_only_the_parts_under_the_points_are_kept(scene):
    image, masks = scene.draw((26, 52), 16)
    image[5:15, 3:9] = (40, 60, 160)  # something of the fixture's colour elsewhere
    found = GrabCutSegmenter().segment(
        image, np.array([[26.0, 50.0], [22, 56], [22, 48]]), np.array([[8.0, 40], [70, 40]])
    )
    assert not found.mask[5:15, 3:9].any()
    assert iou(found.mask, masks[0]) > 0.6


def test_without_negative_points_and_without_a_screen(scene):
    image, masks = scene.draw((26, 52), 16)
    grey = np.where(masks[0][..., None], image, 128).astype(np.uint8)
    for screen in (True, False):
        found = GrabCutSegmenter(screen).segment(
            grey, np.array(scene.points_at((26, 52), 16)["fixture"]), np.zeros((0, 2))
        )
        assert iou(found.mask, masks[0]) > 0.85


def test_points_that_are_not_on_an_object_take_confidence_away(scene):
    """What is cut out of the bare screen has no outline."""
    image, _ = scene.draw((26, 52), 16)
    on, off = np.array([[26.0, 50], [22, 56], [22, 48]]), np.array([[70.0, 50], [65, 58], [60, 40]])
    confidence = [
        GrabCutSegmenter().segment(image, points, np.array([[60.0, 45], [75, 60]])).confidence
        for points in (on, np.concatenate([on, off]), np.concatenate([on[:1], off]))
    ]
    assert confidence[0] > 0.8 and confidence[1] < 0.65 and confidence[2] < 0.4


def test_the_same_seeds_give_the_same_mask(reference, scene):
    image, _ = scene.draw((40, 50), 18, seed=4)
    points = np.array(scene.points_at((40, 50), 18)["fixture"])
    first, again = (GrabCutSegmenter().segment(image, points, reference.negative()) for _ in "ab")
    np.testing.assert_array_equal(first.mask, again.mask)
    assert first.confidence == again.confidence


def test_a_hole_is_filled_unless_background_is_seen_through_it():
    image = np.full((48, 64, 3), (15, 140, 45), np.uint8)
    image[8:40, 12:52] = (180, 40, 40)
    grey, bare = image.copy(), image.copy()
    grey[20:28, 28:36] = (150, 152, 155)  # as a table might be, seen at the border
    grey[:, :4] = (150, 152, 155)
    bare[20:28, 28:36] = (15, 140, 45)
    points, negative = np.array([[16.0, 12], [48, 36], [16, 36]]), np.array([[58.0, 44], [1, 20]])
    assert GrabCutSegmenter().segment(grey, points, negative).mask[21:27, 29:35].all()
    assert not GrabCutSegmenter().segment(bare, points, negative).mask[21:27, 29:35].any()


@pytest.mark.parametrize("noise", [0, 10])
def test_a_picture_that_is_all_alike_gives_nothing(noise):
    image = np.random.default_rng(0).integers(120 - noise, 121 + noise, (48, 64, 3)).astype(np.uint8)
    found = GrabCutSegmenter().segment(image, np.array([[30.0, 20]]), np.zeros((0, 2)))
    assert found.confidence == 0 and not found.mask.any()
