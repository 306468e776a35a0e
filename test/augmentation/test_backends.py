"""Backends by name; what is missing says what to install."""

import pytest

from vital_ros.augmentation.backends import NAMES, make_correspondence, make_segmenter, make_tracker
from vital_ros.config import ConfigError
from vital_ros.pretrained.loading import MissingExtra

MAKE = {"correspondence": make_correspondence, "segmenter": make_segmenter, "tracker": make_tracker}


@pytest.mark.parametrize("stage", MAKE)
def test_the_default_needs_nothing(stage):
    assert MAKE[stage](NAMES[stage][0]) is not None


@pytest.mark.parametrize("stage", MAKE)
def test_an_unknown_name_lists_the_known_ones(stage):
    with pytest.raises(ConfigError, match=rf"--{stage} magic: it should be one of {NAMES[stage][0]}, "):
        MAKE[stage]("magic")


@pytest.mark.parametrize("stage", MAKE)
def test_weights_for_a_backend_without(stage):
    with pytest.raises(ConfigError, match=rf"--{stage}-model x: {NAMES[stage][0]} has no weights"):
        MAKE[stage](NAMES[stage][0], "x")


@pytest.mark.parametrize(("stage", "name"), [(stage, name) for stage in MAKE for name in NAMES[stage][1:]])
def test_a_neural_backend_without_package_or_weights_names_the_way_out(stage, name, tmp_path):
    with pytest.raises(MissingExtra, match=rf"{name}.*(pip install|--{stage})"):
        MAKE[stage](name, str(tmp_path / "nothing"))
