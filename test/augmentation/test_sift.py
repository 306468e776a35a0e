"""Correspondence by SIFT and correlation: exact where the object is seen, unsure where it is not."""

import numpy as np
import pytest

from vital_ros.augmentation.sift import SiftCorrespondence


@pytest.fixture(scope="module")
def correspondence():
    return SiftCorrespondence()


@pytest.mark.parametrize(("place", "size"), [((26, 52), 16), ((52, 50), 16), ((30, 46), 20), ((50, 52), 12)])
def test_a_fixture_that_has_moved_and_grown(correspondence, reference, scene, place, size):
    image, _ = scene.draw(place, size, seed=5)
    found = correspondence.transfer(reference.image, reference.points()["fixture"], image)
    truth = np.array(scene.points_at(place, size)["fixture"])
    assert (found.confidence >= correspondence.threshold).mean() >= 0.75
    good = found.confidence >= correspondence.threshold
    assert np.linalg.norm(found.points - truth, axis=1)[good].max() < 2.0


def test_what_is_fixed_to_the_camera_is_where_it_was(correspondence, reference, scene):
    image, _ = scene.draw((55, 50), 22, seed=6)
    for name in ("held", "hand"):
        points = reference.points()[name]
        found = correspondence.transfer(reference.image, points, image)
        good = found.confidence >= correspondence.threshold
        assert good.mean() > 0.7
        assert np.linalg.norm(found.points - points, axis=1)[good].max() <= 2.5


def test_an_object_that_is_not_there_is_not_found(correspondence, reference, scene):
    image, _ = scene.draw((-50, -50), 16, seed=7)
    found = correspondence.transfer(reference.image, reference.points()["fixture"], image)
    assert (found.confidence < correspondence.threshold).all()


def test_points_behind_the_hand_are_not_claimed(correspondence, reference, scene):
    place, size = (33, 34), 16  # its right side is behind the finger and the held part
    image, masks = scene.draw(place, size, seed=8)
    truth = np.array(scene.points_at(place, size)["fixture"])
    hidden = ~masks[0][truth[:, 1].astype(int), truth[:, 0].astype(int)]
    found = correspondence.transfer(reference.image, reference.points()["fixture"], image)
    assert hidden.any() and (found.confidence[hidden] < correspondence.threshold).all()


def test_an_empty_picture_gives_no_confidence(correspondence, reference):
    grey = np.full_like(reference.image, 128)
    found = correspondence.transfer(reference.image, reference.points()["fixture"], grey)
    assert (found.confidence < correspondence.threshold).all()


def test_frames_of_another_size(correspondence, reference, scene):
    image, _ = scene.draw((26, 52), 16)
    large = np.repeat(np.repeat(image, 2, axis=0), 2, axis=1)
    found = correspondence.transfer(reference.image, reference.points()["fixture"], large)
    good = found.confidence >= correspondence.threshold
    assert good.mean() >= 0.5
    truth = 2 * reference.points()["fixture"] + 0.5
    assert np.linalg.norm(found.points - truth, axis=1)[good].max() < 3


def test_the_same_question_has_the_same_answer(correspondence, reference, scene):
    image, _ = scene.draw((45, 50), 18, seed=9)
    first, again = (correspondence.transfer(reference.image, reference.points()["fixture"], image) for _ in "ab")
    np.testing.assert_array_equal(first.points, again.points)
    np.testing.assert_array_equal(first.confidence, again.confidence)
