"""Tables for evaluation: structured, repeatable, and nothing like what training images have behind them."""

import re
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

import vital_ros
from vital_ros.augmentation.backgrounds import procedural_backgrounds
from vital_ros.config import ConfigError, load_config
from vital_ros.config.base import parse
from vital_ros.sim.patterns import Pattern
from vital_ros.sim.scenes import load_scene

KINDS = ("planks", "tiles", "weave", "marble", "terrazzo")
LIGHT, DARK = (0.9, 0.8, 0.6), (0.3, 0.2, 0.1)
EXTENT = 1.8


def pattern(kind, **values):
    return Pattern(**{"kind": kind, "colours": (LIGHT, DARK), "size": 0.1, **values})


@pytest.mark.parametrize("kind", KINDS)
def test_a_pattern_is_repeatable_and_depends_on_its_seed(kind):
    first = pattern(kind).draw(128, EXTENT)
    assert first.shape == (128, 128, 3) and first.dtype == np.uint8
    np.testing.assert_array_equal(first, pattern(kind).draw(128, EXTENT))
    assert (first != pattern(kind, seed=1).draw(128, EXTENT)).any()


@pytest.mark.parametrize("kind", KINDS)
def test_both_colours_are_seen(kind):
    pixels = pattern(kind, colours=((1, 0, 0), (0, 0, 1))).draw(256, EXTENT).reshape(-1, 3).astype(int)
    redness = pixels[:, 0] - pixels[:, 2]
    assert (redness > 60).mean() > 0.02 and (redness < -60).mean() > 0.005


def test_size_is_in_metres():
    """A column across planks 0.1 m wide of a square of 1.8 m has 17 joints between them."""
    column = pattern("planks", colours=((1, 1, 1), (0.6, 0.6, 0.6))).draw(1024, EXTENT)[:, 500, 0].astype(int)
    joints = np.flatnonzero(column < 0.6 * 255 - 40)
    assert np.count_nonzero(np.diff(joints) > 5) == pytest.approx(17, abs=1)


def test_an_unknown_kind_is_one_line():
    with pytest.raises(ConfigError, match=r"x: kind = 'stripes': it should be 'planks', 'tiles', 'weave'"):
        parse(Pattern, {"kind": "stripes", "colours": [LIGHT, DARK], "size": 0.1}, "x")


def test_training_and_evaluation_do_not_know_of_each_other():
    package = Path(vital_ros.__file__).parent
    rooms = [*package.glob("learning/*.py"), *package.glob("augmentation/*.py")]
    for file in [*rooms, package / "cli/train.py", package / "cli/demos.py"]:
        assert not re.search(r"sim\.(patterns|scenes|conditions)", file.read_text()), file
    assert "learning" not in re.findall(r"from vital_ros\.(\w+)", (package / "sim/patterns.py").read_text())


def statistics(image):
    """Shares of five bands of spatial frequency, of flat and of steep places; independent of colour and contrast."""
    grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY).astype(float)
    grey = (grey - grey.mean()) / (grey.std() + 1e-6)
    power = np.abs(np.fft.rfft2(grey)) ** 2
    frequency = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.rfftfreq(128)[None])
    edges = (0.004, 0.03, 0.06, 0.12, 0.25, 0.8)
    bands = [power[(frequency >= low) & (frequency < high)].sum() for low, high in pairwise(edges)]
    slope = np.hypot(np.diff(grey, axis=1)[:-1], np.diff(grey, axis=0)[:, :-1])
    return np.log10([*(np.array(bands) / sum(bands) + 1e-6), (slope < 0.02).mean() + 1e-3, (slope > 0.5).mean() + 1e-4])


def test_the_shipped_tables_are_unlike_every_training_background():
    """Each is further from 1000 training backgrounds than 95 % of other training backgrounds are."""
    rng = np.random.default_rng(0)
    known = np.array([statistics(image) for image in procedural_backgrounds(1000, 128, rng)])
    others = np.array([statistics(image) for image in procedural_backgrounds(200, 128, rng)])

    def distance(features):
        return np.linalg.norm((features[:, None] - known) / known.std(axis=0), axis=2).min(axis=1)

    usual = np.percentile(distance(others), 95)
    scenes = [load_scene(path) for path in sorted((load_config().directory / "scenes").glob("*.yaml"))]
    tables = [scene.appearance.pattern for scene in scenes if scene.appearance.pattern]
    assert len(tables) >= 4
    for table in tables:
        surface = table.draw(1024, EXTENT)
        crops = [surface[y : y + 128, x : x + 128] for y, x in rng.integers(0, 896, (12, 2))]
        assert np.median(distance(np.array([statistics(crop) for crop in crops]))) > usual, table
