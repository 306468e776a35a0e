"""The adapter for RoboEngine, on a package with its names and interface."""

import random
import sys

import numpy as np
import pytest

from vital_ros.augmentation.neural import roboengine
from vital_ros.pretrained.loading import MissingExtra

ENGINE = """
import random
import numpy as np

class RoboEngineAugmentation:
    def __init__(self, aug_method, prompt_list_fp="infer_prompt_list.json",
                 engine_controlnet_version="michaelyuanqwq/roboengine-bg-diffusion",
                 engine_sd_base_version="stabilityai/stable-diffusion-2-inpainting",
                 imagenet_trainset_base=None, device="cuda"):
        self.given = (aug_method, engine_sd_base_version)
        if aug_method == "texture":
            raise OSError("eugeneteoh/mil_data cannot be downloaded")

    def gen_image(self, image_np, mask_np, tabletop=False, prompt=None, seed=None, num_inference_steps=5):
        assert mask_np.dtype == np.float32 and not mask_np.any()
        made = np.random.default_rng(seed).uniform(0, 255, image_np.shape)
        return (made + random.random()).clip(0, 255)
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    (tmp_path / "robo_engine").mkdir()
    (tmp_path / "robo_engine/infer_engine.py").write_text(ENGINE)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("robo_engine", "robo_engine.infer_engine"):
        sys.modules.pop(name, None)


def test_whole_pictures_that_follow_from_the_seed(installed):
    source = roboengine.make()
    assert source._engine.given == ("engine", roboengine.BASE)
    state = random.getstate()
    first, again, other = (source.draw(32, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.dtype == np.uint8 and first.shape == (32, 32, 3)
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert random.getstate() == state


def test_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "robo_engine", None)
    with pytest.raises(MissingExtra, match="robo_engine.*no extra of vital_ros.*--generator procedural"):
        roboengine.make()


def test_without_its_data(installed):
    with pytest.raises(MissingExtra, match="mil_data cannot be downloaded"):
        roboengine.make(method="texture")
