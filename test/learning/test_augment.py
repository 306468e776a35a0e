import numpy as np
import pytest
import torch

from vital_ros.augmentation.backgrounds import procedural_backgrounds
from vital_ros.config import AugmentationConfig
from vital_ros.learning.augment import Augmentation, random_crop

STILL = {"brightness": 0, "contrast": 0, "saturation": 0, "crop_pad": 0}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def augmented(config, images, alpha=None, pool=None, episodes=None, seed=0, view_mask=False):
    """Values 0 .. 255."""
    alpha = images[..., 0] if alpha is None else alpha
    episodes = torch.zeros(len(images), dtype=torch.int64) if episodes is None else episodes
    augment = Augmentation(AugmentationConfig(**config), images if pool is None else pool, view_mask)
    return augment(images, alpha, episodes, generator(seed)) * 255


def test_the_crop_uses_all_offsets_from_0_to_8():
    size, pad = 32, 4
    row = torch.arange(size, dtype=torch.uint8)
    images = torch.stack([row[:, None].expand(size, size), row.expand(size, size), row.expand(size, size)], dim=-1)
    crops = random_crop(images.expand(500, size, size, 3), pad, True, generator())
    dy, dx = (crops[:, 16, 16, k].int() - 16 for k in (0, 1))
    assert set(dy.tolist()) == set(dx.tolist()) == set(range(-pad, pad + 1))
    corner = crops[(dy == -4) & (dx == 4)][0]
    assert corner[:5, 0, 0].tolist() == [0] * 5, "beyond the border the border is repeated"
    assert corner[0, -5:, 1].tolist() == [31] * 5


def test_the_crop_may_grow_the_image_by_black():
    images = torch.full((200, 16, 16, 3), 7, dtype=torch.uint8)
    crops = random_crop(images, 4, False, generator())
    kept = (crops[..., 0] == 7).flatten(1).sum(dim=1)
    assert set(torch.unique(crops).tolist()) == {0, 7}
    assert kept.max() == 256 and kept.min() == 144


def objects():
    """Dark images whose left third is foreground, and a pool of three light backgrounds."""
    images = torch.full((8, 16, 16, 3), 10, dtype=torch.uint8)
    alpha = torch.zeros((8, 16, 16), dtype=torch.uint8)
    alpha[:, :, :5] = 255
    pool = torch.full((3, 16, 16, 3), 200, dtype=torch.uint8) + torch.arange(3, dtype=torch.uint8)[:, None, None, None]
    return images, alpha, pool


def test_only_the_background_is_replaced():
    images, alpha, pool = objects()
    out = augmented({"background": 1, **STILL}, images, alpha, pool)
    assert out.shape == (8, 3, 16, 16)
    torch.testing.assert_close(out[..., :5], torch.full((8, 3, 16, 5), 10.0))
    assert 200 <= out[..., 5:].min().round() <= out[..., 5:].max().round() <= 202
    assert torch.equal(images, torch.full_like(images, 10)), "the data is not written to"
    kept = augmented({"background": 0, **STILL}, images, alpha[:, :0, :0], pool)
    torch.testing.assert_close(kept, torch.full((8, 3, 16, 16), 10.0))


def test_a_share_of_the_images_keeps_its_background():
    images, alpha, pool = (t.expand(100, *t.shape).flatten(0, 1) for t in objects())
    out = augmented({"background": 0.3, **STILL}, images, alpha, pool)
    assert 0.22 < (out[:, 0, 0, 15] > 100).float().mean() < 0.38


@pytest.mark.parametrize("per", ["frame", "episode"])
def test_images_of_one_episode_share_their_background_when_told_so(per):
    images, alpha, _ = (t.expand(8, *t.shape).flatten(0, 1) for t in objects())
    pool = torch.arange(100, 200, dtype=torch.uint8)[:, None, None, None].expand(100, 16, 16, 3)
    episodes = torch.arange(64) % 4
    out = augmented({"background": 1, "background_per": per, **STILL}, images, alpha, pool, episodes)[:, 0, 0, 15]
    assert all(len(out[episodes == e].unique()) == 1 for e in range(4)) == (per == "episode")
    assert len(out.unique()) == 4 if per == "episode" else len(out.unique()) > 20


@pytest.mark.parametrize(("order", "jittered"), [("after", True), ("before", False)])
def test_the_jitter_may_spare_the_new_background(order, jittered):
    images, alpha, pool = objects()
    out = augmented({"background": 1, "jitter": order, **STILL, "brightness": 0.5}, images, alpha, pool[:1])
    assert (len(out[:, 0, 0, 15].round().unique()) > 1) == jittered
    assert len(out[:, 0, 0, 0].unique()) > 1, "the foreground always is"


def test_the_view_mask_leaves_the_release_s_window_whatever_the_crop():
    images = torch.full((4, 128, 128, 3), 100, dtype=torch.uint8)
    out = augmented({"background": 0, **STILL, "crop_pad": 4}, images, view_mask=True)
    rows, columns = torch.nonzero(out[0, 0], as_tuple=True)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (26, 127, 42, 105)
    assert (out[:, :, 26:, 42:106] - 100).abs().max() < 1e-3


@pytest.mark.parametrize(("name", "low", "high"), [("brightness", 0.7, 1.3), ("contrast", 0.7, 1.3)])
def test_jitter_factors_stay_in_their_range_and_reach_its_ends(name, low, high):
    images = torch.zeros((400, 2, 2, 3), dtype=torch.uint8)
    images[:, 0] = 100
    images[:, 1] = 50
    out = augmented({**STILL, "background": 0, name: 0.3}, images)
    factor = (out[:, 0, 0, 0] - out[:, 0, 1, 0]) / 50
    assert low - 1e-3 <= factor.min() < low + 0.05
    assert high - 0.05 < factor.max() <= high + 1e-3
    mean = out.mean(dim=(1, 2, 3))
    assert (name == "contrast") == bool(torch.allclose(mean, torch.tensor(75.0), atol=0.1))


@pytest.mark.parametrize("grey", ["luma", "mean"])
def test_saturation_leaves_grey_alone(grey):
    images = torch.full((4, 2, 2, 3), 77, dtype=torch.uint8)
    out = augmented({**STILL, "background": 0, "saturation": 0.2, "grey": grey}, images)
    torch.testing.assert_close(out, torch.full((4, 3, 2, 2), 77.0), atol=1e-3, rtol=0)
    red = torch.zeros((400, 2, 2, 3), dtype=torch.uint8)
    red[..., 0] = 150
    faded = augmented({**STILL, "background": 0, "saturation": 0.2, "grey": grey}, red)[:, 1].max()
    assert faded == pytest.approx(0.2 * 150 * {"luma": 0.299, "mean": 1 / 3}[grey], rel=0.05)


def test_the_augmentation_repeats_with_its_seed():
    colour = torch.randint(256, (4, 8, 8, 3), dtype=torch.uint8, generator=generator())
    first, second, other = (augmented({}, colour, seed=s) for s in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_backgrounds_repeat_with_their_seed_and_differ_among_each_other():
    first, second, other = (procedural_backgrounds(24, 32, np.random.default_rng(s)) for s in (0, 0, 1))
    assert first.shape == (24, 32, 32, 3)
    np.testing.assert_array_equal(first, second)
    pictures = np.concatenate([first, other]).reshape(48, -1)
    assert len(np.unique(pictures, axis=0)) == 48
