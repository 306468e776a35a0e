"""Rates, intervals and causes of a run, and the picture of them."""

import cv2
import numpy as np
import pytest
from scipy.stats import binomtest

from vital_ros.evaluation.breakdown import causes, shares, wilson
from vital_ros.evaluation.trial import TrialResult
from vital_ros.evaluation.trials_figure import trials_figure


def result(seed, cause, scene="a", place="", view=True):
    outcome = "success" if cause == "success" else "failure"
    picture = np.full((128, 128, 3), 90, np.uint8) if view else None
    return TrialResult(seed, outcome, cause, cause=cause, scene=scene, place=place, last_view=picture)


@pytest.mark.parametrize(("successes", "count"), [(0, 10), (7, 10), (10, 10), (85, 90)])
def test_the_interval_is_wilsons(successes, count):
    expected = binomtest(successes, count).proportion_ci(0.95, method="wilson")
    assert wilson(successes, count) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_nothing_is_known_without_trials():
    assert wilson(0, 0) == (0.0, 1.0)


def test_shares_and_causes():
    run = [
        result(0, "success", "a", "left"),
        result(1, "touch", "a", "right"),
        result(2, "success", "a", "left"),
        result(3, "touch", "b", "left"),
        result(4, "time-out", "b", "left"),
    ]
    assert [(s.label, s.successes, s.trials) for s in shares(run)] == [
        ("a, left", 2, 2),
        ("a, right", 0, 1),
        ("b, left", 0, 2),
    ]
    assert shares(run)[0].low == pytest.approx(wilson(2, 2)[0])
    assert causes(run) == {"success": 2, "touch": 2, "time-out": 1}


@pytest.mark.parametrize("count", [1, 12, 130])
def test_a_figure_of_any_run_can_be_read_back(tmp_path, count):
    run = [result(i, "success" if i % 3 else "dropped", "ab"[i % 2], view=i != 1) for i in range(count)]
    trials_figure(tmp_path / "run.png", "task, policy, condition", run)
    picture = cv2.imread(str(tmp_path / "run.png"))
    assert picture.shape[1] > 1200 and picture.shape[0] < 2000
    green = (picture == (79, 143, 42)).all(axis=2)
    assert green.any() == any(r.success for r in run)


@pytest.mark.parametrize("count", [1, 7, 10, 30, 100])
def test_the_interval_holds_the_rate_at_both_ends(count):
    low, high = wilson(0, count)
    assert low == 0.0 < high < 1
    low, high = wilson(count, count)
    assert 0 < low < high == 1.0
