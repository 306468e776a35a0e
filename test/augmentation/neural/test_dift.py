"""DIFT from a tiny Stable Diffusion, saved in parts and loaded as the real one."""

import numpy as np
import pytest
import torch

from vital_ros.augmentation.backends import make_correspondence
from vital_ros.augmentation.neural import dift
from vital_ros.config.base import ConfigError
from vital_ros.pretrained.loading import MissingExtra

POINTS = np.array([[20.0, 30.0], [64.0, 50.0], [100.0, 80.0]])


@pytest.fixture(scope="module")
def backend(stable_diffusion):
    return make_correspondence("dift", str(stable_diffusion), size=128)


def test_presets_are_the_published_ones():
    assert dift.PRESETS["vital"] == dift.Settings(timestep=261, up_block=1, ensemble=8, size=768)
    assert dift.PRESETS["release"].ensemble == 1
    assert (dift.PRESETS["point_policy"].timestep, dift.PRESETS["point_policy"].up_block) == (50, 1)


def test_nothing_behind_the_block_is_computed(backend, picture):
    unet, ran = backend._unet, []
    hooks = [block.register_forward_hook(lambda *_, n=n: ran.append(n)) for n, block in enumerate(unet.up_blocks)]
    after = unet.conv_out.register_forward_hook(lambda *_: ran.append("out"))
    features = backend.describe(picture)
    for hook in [*hooks, after]:
        hook.remove()
    assert ran == [0, 1] * backend.settings.ensemble  # its own hook on block 1 stops after the test's
    assert features.shape == (16, 8, 8)  # block 1 of (16, 16, 16, 8) channels at a sixteenth of 128
    assert all(not block._forward_hooks for block in unet.up_blocks)


def test_the_same_every_time_and_other_noise_for_other_images(stable_diffusion, picture):
    first, second = (dift.make(str(stable_diffusion), size=128, ensemble=1) for _ in range(2))
    assert torch.equal(first.describe(picture), second.describe(picture))
    assert not torch.equal(first.describe(picture), first.describe(picture[::-1].copy()))


def test_the_ensemble_averages_noise_away(stable_diffusion, picture):
    """Of two nearly identical images with their own noises: more members, less difference."""
    nearly = picture.copy()
    nearly[0, 0] ^= 1
    away = {}
    for ensemble in (1, 8):
        backend = dift.make(str(stable_diffusion), size=128, ensemble=ensemble)
        away[ensemble] = (backend.describe(picture) - backend.describe(nearly)).norm()
    assert away[8] < 0.7 * away[1]


def test_transfer(backend, picture):
    same = backend.transfer(picture, POINTS, picture)
    assert same.points.shape == (3, 2) and same.points.dtype == np.float64
    np.testing.assert_allclose(same.points, POINTS)
    assert np.all(same.confidence > 0.99) and backend.threshold < 0.99


def test_frames_of_other_sizes(backend, picture):
    found = backend.transfer(picture, POINTS, np.tile(picture, (2, 2, 1))[:150, :200])
    assert np.all((found.points >= 0) & (found.points < [200, 150]))
    assert np.all((found.confidence >= 0) & (found.confidence <= 1))


def test_point_policy_keeps_the_size_up_to_a_multiple(stable_diffusion):
    backend = dift.make(str(stable_diffusion), preset="point_policy", ensemble=1)
    assert backend._pixels(np.zeros((96, 128, 3), np.uint8)).shape == (1, 3, 128, 128)


def test_single_settings_change_a_preset(stable_diffusion):
    backend = make_correspondence("dift", str(stable_diffusion), preset="point_policy", ensemble=2, size=128)
    assert backend.settings == dift.Settings(timestep=50, up_block=1, ensemble=2, size=128)


def test_what_is_not_needed_is_not_kept(backend):
    assert not hasattr(backend._vae, "decoder")
    assert not any(parameter.requires_grad for parameter in backend._unet.parameters())


@pytest.mark.parametrize("part", ["tokenizer", "text_encoder", "scheduler", "unet", "vae"])
def test_a_pipeline_that_lacks_a_part(stable_diffusion, tmp_path, part):
    for folder in stable_diffusion.iterdir():
        if folder.name != part:
            (tmp_path / folder.name).symlink_to(folder)
    with pytest.raises(MissingExtra, match="pass --correspondence-model, or use --correspondence sift"):
        dift.make(str(tmp_path))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"preset": "fast"}, "preset = 'fast': it should be 'vital', 'release' or 'point_policy'"),
        ({"steps": 3}, "unknown key 'steps'; allowed here: preset, timestep, up_block, ensemble, size, threshold,"),
        ({"ensemble": 0}, "ensemble = 0: it should be greater than or equal to 1"),
        ({"size": 100}, "size = 100: it should be a multiple of 64"),
        ({"up_block": 9}, "up_block = 9: it should be 0 to 3 with "),
        ({"timestep": 5000}, "timestep = 5000: it should be less than 1000"),
        ({"dtype": "int8"}, "dtype = 'int8': it should be 'float32', 'float16' or 'bfloat16'"),
    ],
)
def test_wrong_options(stable_diffusion, options, said):
    with pytest.raises(ConfigError, match=said):
        make_correspondence("dift", str(stable_diffusion), **options)
