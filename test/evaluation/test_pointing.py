"""A few scenes of development seeds; `./vital bench pointer` takes many of evaluation seeds."""

import pytest

from vital_ros.config import load_config
from vital_ros.evaluation.bench_pointer import figures_of
from vital_ros.evaluation.clutter import cluttered_scene
from vital_ros.evaluation.pointing import RIGHT, Look, PointingTrials
from vital_ros.localization.pointer import Candidate
from vital_ros.localization.pointers import make_pointer
from vital_ros.sim.scenes import check_scene


@pytest.fixture(scope="module")
def config():
    return load_config()


class Middle:
    """A pointer that answers whatever is asked with the middle of the image."""

    threshold = 0.5

    def point(self, sight, query):
        return [Candidate(319.5, 239.5, 1.0, query)]


def test_equal_seeds_give_equal_scenes_and_no_task_is_impossible_there(config):
    assert cluttered_scene(50_000) == cluttered_scene(50_000) != cluttered_scene(50_001)
    assert cluttered_scene(50_000, 1) != cluttered_scene(50_000)
    for seed in range(50_000, 50_050):
        scene = cluttered_scene(seed)
        assert 6 <= len(scene.appearance.distractors) <= 16
        check_scene(scene, "plug_socket", config, "scene")


def test_the_registered_object_is_found_and_no_other(config):
    trials = PointingTrials("key_lock", make_pointer(config), config)
    try:
        ((present, absent, other),) = trials.looks([50_003])
    finally:
        trials.close()
    assert present.present and present.right and present.query == "key lock"
    assert not absent.present and absent.error is None and "not found" in absent.message
    assert not other.present and other.error is None and other.query != "key lock"


def test_who_always_answers_is_always_wrong_when_nothing_is_there(config):
    trials = PointingTrials("key_lock", Middle(), config)
    try:
        ((present, absent, other),) = trials.looks([50_003])
    finally:
        trials.close()
    assert not present.right
    assert absent.error == other.error == float("inf")


def test_figures():
    looks = [
        Look(0, "a", True, 0.002, 0.1), Look(1, "a", True, 0.004, 0.3), Look(2, "a", True, 2 * RIGHT, 0.2),
        Look(3, "a", True, None, None, "not found"), Look(0, "a", False, None, None), Look(0, "b", False, 9.0, 0.1),
    ]  # fmt: skip
    assert figures_of(looks) == {
        "right_percent": 50.0, "false_percent": 50.0, "median_error_mm": 3.0, "p95_error_mm": 3.9, "p50_ms": 200.0,
    }  # fmt: skip
    with pytest.raises(ValueError, match="no right answer"):
        figures_of(looks[2:])
