import numpy as np
import pytest
import torch

from vital_ros.augmentation.backgrounds import procedural_backgrounds
from vital_ros.config import AugmentationConfig
from vital_ros.learning.augment import Augmentation, random_crop

STILL = {"brightness": 0, "contrast": 0, "saturation": 0, "crop_pad": 0}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_crop_uses_all_offsets_from_0_to_8():
    size, pad = 32, 4
    row = torch.arange(size, dtype=torch.uint8)
    images = torch.stack([row[:, None].expand(size, size), row.expand(size, size), row.expand(size, size)], dim=-1)
    crops = random_crop(images.expand(500, size, size, 3), pad, generator())
    dy, dx = (crops[:, 16, 16, k].int() - 16 for k in (0, 1))
    assert set(dy.tolist()) == set(dx.tolist()) == set(range(-pad, pad + 1))
    corner = crops[(dy == -4) & (dx == 4)][0]
    assert corner[:5, 0, 0].tolist() == [0] * 5, "beyond the border the border is repeated"
    assert corner[0, -5:, 1].tolist() == [31] * 5


def test_only_the_background_is_replaced():
    images = torch.full((8, 16, 16, 3), 10, dtype=torch.uint8)
    masks = torch.zeros((8, 16, 16), dtype=torch.uint8)
    masks[:, :, :5] = 255
    pool = torch.full((3, 16, 16, 3), 200, dtype=torch.uint8)
    out = Augmentation(AugmentationConfig(background=1, **STILL), pool)(images, masks, generator()) * 255
    assert out.shape == (8, 3, 16, 16)
    torch.testing.assert_close(out[..., :5], torch.full((8, 3, 16, 5), 10.0))
    torch.testing.assert_close(out[..., 5:], torch.full((8, 3, 16, 11), 200.0))
    kept = Augmentation(AugmentationConfig(background=0, **STILL), pool)(images, masks, generator()) * 255
    torch.testing.assert_close(kept, torch.full((8, 3, 16, 16), 10.0))


@pytest.mark.parametrize(("name", "low", "high"), [("brightness", 0.7, 1.3), ("contrast", 0.7, 1.3)])
def test_jitter_factors_stay_in_their_range_and_reach_its_ends(name, low, high):
    images = torch.zeros((400, 2, 2, 3), dtype=torch.uint8)
    images[:, 0] = 100
    images[:, 1] = 50
    out = Augmentation(AugmentationConfig(**{**STILL, "background": 0, name: 0.3}), images)(
        images, images[..., 0], generator()
    )
    factor = (out[:, 0, 0, 0] - out[:, 0, 1, 0]) * 255 / 50
    assert low - 1e-3 <= factor.min() < low + 0.05
    assert high - 0.05 < factor.max() <= high + 1e-3
    mean = out.mean(dim=(1, 2, 3)) * 255
    assert (name == "contrast") == bool(torch.allclose(mean, torch.tensor(75.0), atol=0.1))


def test_saturation_leaves_grey_alone_and_the_jitter_repeats_with_its_seed():
    config = AugmentationConfig(**{**STILL, "background": 0, "saturation": 0.2})
    grey = torch.full((4, 2, 2, 3), 77, dtype=torch.uint8)
    out = Augmentation(config, grey)(grey, grey[..., 0], generator()) * 255
    torch.testing.assert_close(out, torch.full((4, 3, 2, 2), 77.0), atol=1e-3, rtol=0)
    colour = torch.randint(256, (4, 8, 8, 3), dtype=torch.uint8, generator=generator())
    augment = Augmentation(AugmentationConfig(), colour)
    first, second, other = (augment(colour, colour[..., 0], generator(s)) for s in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_backgrounds_repeat_with_their_seed_and_differ_among_each_other():
    first, second, other = (procedural_backgrounds(24, 32, np.random.default_rng(s)) for s in (0, 0, 1))
    assert first.shape == (24, 32, 32, 3)
    np.testing.assert_array_equal(first, second)
    pictures = np.concatenate([first, other]).reshape(48, -1)
    assert len(np.unique(pictures, axis=0)) == 48
