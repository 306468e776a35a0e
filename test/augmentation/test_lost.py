"""Tracks that must not be believed are told apart from those that may."""

import numpy as np
import pytest

from vital_ros.augmentation.lost import GONE_FRAMES, LostTrack, TrackChecks


@pytest.fixture
def points(reference):
    return reference.points()


def see(clip, points, change=lambda index, masks: masks):
    checks = TrackChecks(list(points), list(points.values()))
    for index, (image, masks) in enumerate(zip(clip.frames, clip.objects, strict=True)):
        checks.see(image, change(index, [mask.copy() for mask in masks]))


def test_true_masks_pass(clip, points):
    see(clip, points)


def test_empty_masks(clip, points):
    with pytest.raises(LostTrack, match=r"frame 7: the masks are empty"):
        see(clip, points, lambda i, masks: [m & (i < 7) for m in masks])


def test_an_object_that_is_gone(clip, points):
    """Its points too: behind the hand, optical flow has given them up."""
    hidden = {**points, "held": np.zeros((0, 2))}
    with pytest.raises(LostTrack, match=rf"frame {3 + GONE_FRAMES}: held: its mask is gone"):
        see(clip, hidden, lambda i, masks: [masks[0], masks[1] & (i < 3), masks[2]])


def test_an_object_that_is_hidden_for_a_moment_may_be(clip, points):
    hidden = {**points, "held": np.zeros((0, 2))}
    see(clip, hidden, lambda i, masks: [masks[0], masks[1] & (i not in range(5, 5 + GONE_FRAMES)), masks[2]])


def test_an_object_that_was_never_there(clip, points):
    with pytest.raises(LostTrack, match="frame 0: fixture: its mask is gone"):
        see(clip, points, lambda i, masks: [masks[0] & False, *masks[1:]])


def test_a_mask_that_explodes_at_once(clip, points):
    with pytest.raises(LostTrack, match=r"frame 4: the masks' area jumps from \d+ to \d+ px"):
        see(clip, points, lambda i, masks: [masks[0] | ((i >= 4) & (np.arange(80) < 30)), *masks[1:]])


def test_a_mask_that_creeps_over_the_frame(clip, points):
    with pytest.raises(LostTrack, match=r"the masks cover 7\d% of the frame"):
        see(clip, points, lambda i, masks: [masks[0] | (np.arange(80) < 6 * i), *masks[1:]])


def test_a_mask_that_stays_behind_its_object(scene, points):
    """The fixture moves on, its mask does not: areas and sizes look as they should."""
    clip = scene.film(30, start=(26, 52), end=(60, 52), grow=1.0)
    with pytest.raises(LostTrack, match=r"frame \d+: fixture: the masks have left its points"):
        see(clip, points, lambda i, masks: [clip.objects[0][0], *masks[1:]])
