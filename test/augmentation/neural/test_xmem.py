"""XMem from a checkout: here one with its names and interfaces, but a network of a few lines."""

import sys
import textwrap

import numpy as np
import pytest
import torch

from vital_ros.augmentation.backends import make_tracker
from vital_ros.config.base import ConfigError
from vital_ros.pretrained.loading import MissingExtra

CHECKOUT = {
    "model/resnet.py": """
        from torch.utils import model_zoo

        def load_weights_add_extra_dim(target, source_state, extra_dim=1):
            raise AssertionError("ImageNet weights are asked for")

        def resnet50(pretrained=True):
            load_weights_add_extra_dim(None, model_zoo.load_url("resnet50"))
    """,
    "model/network.py": """
        import torch
        from model import resnet
        from util.tensor_util import named

        class XMem(torch.nn.Module):
            def __init__(self, config, model_path=None, map_location=None):
                super().__init__()
                print("Single object mode: False")
                resnet.resnet50()
                assert (config["key_dim"], config["value_dim"], config["hidden_dim"]) == (6, 8, 4)
                self.key_proj = named(key_proj=torch.nn.Conv2d(3, 6, 1))
                self.value_encoder = named(fuser=named(block2=named(conv2=torch.nn.Conv2d(8, 8, 1))))
                self.decoder = named(hidden_update=named(transform=torch.nn.Conv2d(4, 12, 1)))

            def load_weights(self, src_dict, init_as_zero_if_needed=False):
                self.load_state_dict(src_dict)
    """,
    "inference/inference_core.py": """
        import torch
        from model.network import XMem

        class InferenceCore:
            def __init__(self, network: XMem, config):
                self.network, self.labels, self.last = network, None, None
                assert config["mem_every"] == 5 and config["enable_long_term_count_usage"] is not None

            def set_all_labels(self, all_labels):
                self.labels = all_labels

            def step(self, image, mask=None, valid_labels=None, end=False):
                assert image.shape[0] == 3 and image.abs().max() < 3
                if mask is not None:
                    assert valid_labels == self.labels == [1, 2]
                    self.last = torch.cat([1 - mask.sum(0, keepdim=True), mask])
                else:
                    self.last = self.last.roll(4, dims=2)
                return self.last
    """,
    "util/tensor_util.py": """
        import torch

        def named(**parts):
            module = torch.nn.Module()
            for name, part in parts.items():
                module.add_module(name, part)
            return module
    """,
}


@pytest.fixture
def checkout(tmp_path):
    for name, text in CHECKOUT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text))
    (tmp_path / "model/__init__.py").touch()
    (tmp_path / "saves").mkdir()
    torch.manual_seed(0)
    shapes = {
        "key_proj.key_proj": (6, 3),
        "value_encoder.fuser.block2.conv2": (8, 8),
        "decoder.hidden_update.transform": (12, 4),
    }
    state = {f"{name}.weight": torch.randn(*shape, 1, 1) for name, shape in shapes.items()}
    state |= {f"{name}.bias": torch.randn(shape[0]) for name, shape in shapes.items()}
    torch.save(state, tmp_path / "saves/XMem.pth")
    return tmp_path


@pytest.fixture
def picture(pictures):
    return pictures(0, (128, 160))


def boxes():
    first = np.zeros((128, 160), bool)
    first[20:40, 30:60] = True
    return [first, np.roll(first, 40, axis=1)]


def test_masks_of_every_frame(checkout, picture, capsys):
    tracker = make_tracker("xmem", str(checkout), size=128)
    masks = list(tracker.track([picture] * 3, boxes()))
    for shift, frame in enumerate(masks):
        for mask, first in zip(frame, boxes(), strict=True):
            assert np.array_equal(mask, np.roll(first, 4 * shift, axis=1))
    assert capsys.readouterr().out == ""


def test_frames_are_resized_and_masks_are_back_at_the_frames_size(checkout, picture):
    tracker = make_tracker("xmem", str(checkout), size=256)
    _, second, *_ = tracker.track([picture] * 2, boxes())
    expected = np.roll(boxes()[0], 2, axis=1)
    assert second[0].shape == (128, 160)
    assert (second[0] & expected).sum() / (second[0] | expected).sum() > 0.9


def test_its_common_names_stay_its_own(checkout, monkeypatch):
    """Another package called `model` is there before and after."""
    mine = type(sys)("model")
    monkeypatch.setitem(sys.modules, "model", mine)
    path = list(sys.path)
    make_tracker("xmem", str(checkout))
    assert sys.modules["model"] is mine and sys.path == path
    assert not {"model.network", "inference", "util"} & set(sys.modules)


def test_weights_elsewhere(checkout, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere") / "mine.pth"
    (checkout / "saves/XMem.pth").rename(other)
    with pytest.raises(MissingExtra, match="no weights at .*saves/XMem.pth"):
        make_tracker("xmem", str(checkout))
    make_tracker("xmem", str(checkout), weights=str(other))


def test_a_folder_that_is_no_checkout(tmp_path):
    with pytest.raises(MissingExtra, match="is no checkout of hkchengrex/XMem with its weights in saves/XMem.pth"):
        make_tracker("xmem", str(tmp_path))


def test_a_checkout_that_cannot_be_imported(checkout):
    (checkout / "util/tensor_util.py").write_text("import no_such_package\n")
    with pytest.raises(MissingExtra, match="cannot be imported .*no_such_package"):
        make_tracker("xmem", str(checkout))


def test_weights_of_another_network(checkout):
    torch.save({"conv.weight": torch.zeros(1)}, checkout / "saves/XMem.pth")
    with pytest.raises(MissingExtra, match="lacks 2 of the network's weights, such as key_proj.key_proj.weight"):
        make_tracker("xmem", str(checkout))


@pytest.mark.parametrize("name", ["xmem", "cutie"])
def test_too_small_a_size(name):
    with pytest.raises(ConfigError, match="size = 64: it should be greater than or equal to 128"):
        make_tracker(name, "anything", size=64)
