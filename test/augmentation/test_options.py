"""Options of backends: KEY=VALUE, and only what the maker takes."""

from typing import Literal

import pytest
import torch

from vital_ros.augmentation.backends import NAMES, make_correspondence, make_segmenter, make_tracker
from vital_ros.augmentation.options import Count, Share, checked_options, split_options
from vital_ros.config import ConfigError

MAKE = {"correspondence": make_correspondence, "segmenter": make_segmenter, "tracker": make_tracker}
BACKENDS = [(stage, name) for stage in MAKE for name in NAMES[stage] if name != "flow"]


def make(model=None, kind: Literal["a", "b"] = "a", steps: Count = 5, share: Share = 0.5, quick: bool = False):
    """A backend's."""


def test_values_are_those_of_yaml_and_the_last_one_counts():
    words = ["steps=3", "share=1", "kind=b", "quick=true", "steps=4"]
    assert split_options("--x-option", words) == {"steps": 4, "share": 1, "kind": "b", "quick": True}


@pytest.mark.parametrize("word", ["steps", "=3", "steps=[", ""])
def test_what_is_no_key_and_value(word):
    with pytest.raises(ConfigError, match=r"--x-option .*: it should be KEY=VALUE, such as threshold=0.5"):
        split_options("--x-option", [word])


def test_only_what_was_given_is_passed_on():
    assert checked_options("--x-option", "thing", make, {}) == {}
    assert checked_options("--x-option", "thing", make, {"share": 1, "kind": "b"}) == {"share": 1.0, "kind": "b"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"step": 3}, "unknown key 'step'; allowed here: kind, steps, share, quick"),
        ({"model": "x"}, "unknown key 'model'; allowed here: kind, steps"),
        ({"kind": "c"}, "kind = 'c': it should be 'a' or 'b'"),
        ({"steps": 0}, "steps = 0: it should be greater than or equal to 1"),
        ({"steps": "3"}, "steps = '3': it should be a valid integer"),
        ({"steps": True}, "steps = True: it should be a valid integer"),
        ({"share": 1.5}, "share = 1.5: it should be less than or equal to 1"),
        ({"share": float("nan")}, "share = nan: it should be"),
        ({"quick": 1}, "quick = 1: it should be a valid boolean"),
    ],
)
def test_what_is_refused_names_key_value_and_what_is_allowed(options, said):
    with pytest.raises(ConfigError) as error:
        checked_options("--x-option", "thing", make, options)
    assert str(error.value).startswith(f"--x-option of thing: {said}")
    assert "\n" not in str(error.value)


def test_a_backend_without_options():
    with pytest.raises(ConfigError, match="--tracker-option size: flow has no options"):
        make_tracker("flow", size=3)


@pytest.mark.parametrize(("stage", "name"), BACKENDS)
def test_every_backend_refuses_before_it_needs_packages_or_weights(stage, name):
    with pytest.raises(ConfigError, match=rf"--{stage}-option of {name}: unknown key 'magic'; allowed here: \w+"):
        MAKE[stage](name, magic=1)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there():
    with pytest.raises(ConfigError, match="device = cuda: not available here; it should be auto or cpu"):
        make_segmenter("sam2", device="cuda")
