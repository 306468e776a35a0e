"""Cutie: the real network with random weights, loaded as a user's .pth."""

from importlib import resources

import numpy as np
import pytest
import torch

from vital_ros.augmentation.backends import make_tracker
from vital_ros.augmentation.neural.video import without_imagenet
from vital_ros.pretrained.loading import MissingExtra


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """The small one, 115 MB; it says so by nothing but its tensors."""
    from cutie.model.cutie import CUTIE
    from cutie.model.utils import resnet
    from omegaconf import OmegaConf

    torch.manual_seed(0)
    networks = resources.files("cutie.config").joinpath("model")
    model = OmegaConf.create(networks.joinpath("base.yaml").read_text())
    model.pixel_encoder = OmegaConf.create(networks.joinpath("small.yaml").read_text()).pixel_encoder
    with without_imagenet(resnet):
        network = CUTIE(OmegaConf.create({"model": model}))
    file = tmp_path_factory.mktemp("cutie") / "cutie-small-mega.pth"
    torch.save(network.state_dict(), file)
    yield file
    file.unlink()


def test_masks_of_every_frame(weights, picture):
    tracker = make_tracker("cutie", str(weights), size=128)
    saved = torch.load(weights, weights_only=True)
    loaded = tracker._network.state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in saved.items())
    first = np.zeros((96, 128), bool)
    first[20:40, 30:60] = True
    frames = [np.roll(picture, shift, axis=1) for shift in range(3)]
    runs = [list(tracker.track(frames, [first, np.roll(first, 40, axis=1)])) for _ in range(2)]
    for masks in runs[0]:
        assert [mask.shape for mask in masks] == [(96, 128)] * 2
        assert not (masks[0] & masks[1]).any()
    assert np.array_equal(runs[0][0][0], first)
    assert np.array_equal(runs[0], runs[1])  # a video leaves nothing behind for the next one


def test_weights_in_part_are_not_filled_up_at_random(weights, tmp_path):
    """Its own loader would leave them as they are and write it to a log."""
    state = torch.load(weights, weights_only=True)
    del state["pix_feat_proj.bias"]
    torch.save(state, tmp_path / "part.pth")
    with pytest.raises(MissingExtra, match="lacks 1 of the network's weights, such as pix_feat_proj.bias"):
        make_tracker("cutie", str(tmp_path / "part.pth"))
    (tmp_path / "part.pth").unlink()
