"""Tracking by optical flow and GrabCut."""

import numpy as np
import pytest

from vital_ros.augmentation.flow import FlowTracker
from vital_ros.augmentation.pipeline import score


def track(clip, first=None):
    return list(FlowTracker().track(clip.frames, first or clip.objects[0]))


def test_all_objects_together_stay_exact(clip):
    masks = track(clip)
    assert len(masks) == len(clip.frames) and all(len(frame) == 3 for frame in masks)
    scores = score(np.array([np.logical_or.reduce(frame) for frame in masks]), clip.union)
    assert scores.mean() > 0.93 and scores.min() > 0.88


def test_the_first_frame_is_given_back_and_objects_hardly_overlap(clip):
    masks = track(clip)
    for mask, given in zip(masks[0], clip.objects[0], strict=True):
        np.testing.assert_array_equal(mask, given)
    for frame in masks[1:]:
        assert (np.sum(frame, axis=0) > 1).sum() < 0.02 * np.logical_or.reduce(frame).sum()  # pixels that are halved


@pytest.mark.parametrize("index", [0, 1, 2])
def test_each_object_keeps_its_identity(clip, index):
    last = track(clip)[-1][index]
    truth = clip.objects[-1][index]
    assert (last & truth).sum() / (last | truth).sum() > 0.75


def test_a_fixture_that_grows_to_twice_its_size(scene):
    clip = scene.film(40, start=(30, 52), end=(34, 48), grow=2.0)
    scores = score(np.array([np.logical_or.reduce(frame) for frame in track(clip)]), clip.union)
    assert scores[-1] > 0.9


def test_a_ragged_first_mask_is_put_right(clip):
    """A mask that is two pixels too large finds back to the outline."""
    import cv2

    wide = [cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0 for mask in clip.objects[0]]
    before = score(np.logical_or.reduce(wide)[None], clip.union[:1])[0]
    masks = track(clip, wide)
    assert score(np.logical_or.reduce(masks[5])[None], clip.union[5:6])[0] > before + 0.05


def test_an_object_without_a_mask_stays_without(clip):
    first = [clip.objects[0][0], np.zeros_like(clip.objects[0][1]), clip.objects[0][2]]
    assert not any(frame[1].any() for frame in track(clip, first))


def test_the_same_film_gives_the_same_masks(clip):
    np.testing.assert_array_equal(track(clip)[-1], track(clip)[-1])


def test_what_looks_like_the_first_background_is_let_go(clip):
    """Screen that was taken for an object, wider than the band that is decided anew."""
    wrong = clip.objects[0][2].copy()
    wrong[40:62, 58:78] = True
    masks = track(clip, [*clip.objects[0][:2], wrong])
    assert masks[0][2][42:60, 60:76].all()
    assert np.logical_or.reduce(masks[-1])[42:60, 60:76].mean() < 0.1
