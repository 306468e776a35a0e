"""What is well inside stays, what is outside goes, and nothing green shines at the seam."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vital_ros.augmentation.composite import composite, soften

MASKS = hnp.arrays(np.bool_, (12, 14), elements=st.booleans())


def pixels(mask):
    return np.where(mask, 255, 0).astype(np.uint8)


@given(MASKS)
def test_alpha_is_zero_outside_and_only_there_a_mask_adds_to_it(mask):
    alpha = soften(pixels(mask))
    assert not alpha[~mask].any()
    assert alpha.shape == mask.shape and alpha.dtype == np.uint8


@given(MASKS, MASKS)
def test_a_larger_mask_has_nowhere_a_smaller_alpha(first, second):
    assert (soften(pixels(first | second)) >= soften(pixels(first))).all()


def test_alpha_rises_inwards_and_narrow_parts_are_kept():
    mask = np.zeros((40, 40), bool)
    mask[8:32, 8:32] = True
    profile = soften(pixels(mask))[20, :20].astype(int)
    assert (np.diff(profile) >= 0).all() and profile[8] > 0 and profile[11] == 255
    wire = np.zeros((40, 40), bool)
    wire[19:21] = True
    assert (soften(pixels(wire))[19:21] > 60).all()


def test_what_the_border_cuts_off_goes_on_beyond_it():
    mask = np.zeros((30, 30), bool)
    mask[:12] = True
    assert (soften(pixels(mask))[0] == 255).all()


@settings(deadline=None)
@given(MASKS, st.integers(0, 2**31))
def test_composite_keeps_the_inside_and_replaces_the_outside(mask, seed):
    generator = torch.Generator().manual_seed(seed)
    images, backgrounds = (torch.randint(256, (2, 12, 14, 3), dtype=torch.uint8, generator=generator) for _ in "ab")
    alpha = torch.from_numpy(np.stack([soften(pixels(mask)), pixels(mask)]))
    before = images.clone()
    out = composite(images, alpha, backgrounds)
    assert out.dtype == torch.uint8 and torch.equal(images, before)
    assert torch.equal(out[alpha == 255], images[alpha == 255])
    assert torch.equal(out[alpha == 0], backgrounds[alpha == 0])
    rim = (alpha > 0) & (alpha < 255)
    low = torch.minimum(images, backgrounds)[rim].int()
    high = torch.maximum(images, backgrounds)[rim].int()
    blended = out[rim].int()
    assert (blended[:, [0, 2]] >= low[:, [0, 2]]).all() and (blended <= high).all()


def test_green_is_taken_out_of_the_rim_only():
    green = torch.tensor([20, 200, 40], dtype=torch.uint8).expand(1, 1, 3, 3)
    alpha = torch.tensor([[[255, 128, 0]]], dtype=torch.uint8)
    out = composite(green, alpha, torch.zeros_like(green))[0, 0]
    assert out[0].tolist() == [20, 200, 40]
    assert out[1, 1] <= 21
    assert out[2].tolist() == [0, 0, 0]
