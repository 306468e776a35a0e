"""What the trials of the whole pipeline attribute failures to; test_eval.py has one with the registered pointer."""

from dataclasses import replace

import numpy as np
import pytest

from vital_ros.config import load_config
from vital_ros.evaluation.breakdown import stages
from vital_ros.evaluation.pipeline import LIMITS, Pipeline
from vital_ros.evaluation.trial import ExpertAgent, TrialResult
from vital_ros.localization.pointer import Candidate
from vital_ros.sim.conditions import load_condition

SEED = 50_000


class Knows:
    """A pointer that finds the object by the truth, `off` px beside it; or sees nothing."""

    threshold = 0.5

    def __init__(self, cell, off=0.0, blind=False):
        self.cell, self.off, self.blind = cell, off, blind

    def point(self, sight, query):
        point = self.cell.target_pose().apply(np.negative(self.cell.limits.target_offset))
        u, v = sight.camera.project(sight.camera_pose.inverse().apply(point))
        return [] if self.blind else [Candidate(float(u) + self.off, float(v), 1.0, query)]


def run(cell, config, pointer, agent=None):
    combination = load_condition(load_config(), "reaching", "key_lock").of_episode(0)
    return Pipeline(pointer, config).run(cell, agent or ExpertAgent(), SEED, combination)


def test_seeing_nothing_is_a_failure_of_pointing(cell, config):
    result = run(cell, config, Knows(cell, blind=True))
    assert (result.outcome, result.stage, result.cause) == ("failure", "pointing", "pointing: no answer")
    assert "'key lock' not found" in result.reason and result.localization_error is None
    assert result.steps == 0 and result.last_view.shape == (480, 640, 3)


def test_going_to_another_thing_is_a_failure_of_pointing(cell, config):
    result = run(cell, config, Knows(cell, off=60))
    assert not result.success and result.stage == "pointing" and result.cause.startswith("pointing: ")
    assert result.localization_error > LIMITS.right_pixel


def test_the_right_pixel_without_depth_is_a_failure_of_depth(cell, config, monkeypatch):
    render = cell.render_third
    monkeypatch.setattr(cell, "render_third", lambda: (render()[0], np.zeros((480, 640), np.float32)))
    result = run(cell, config, Knows(cell))
    assert (result.stage, result.cause) == ("depth", "depth: no answer") and "no depth at pixel" in result.reason


def test_the_right_pixel_with_wrong_depth_is_a_failure_of_depth(cell, config, monkeypatch):
    render = cell.render_third
    monkeypatch.setattr(cell, "render_third", lambda: (render()[0], render()[1] - np.float32(0.15)))
    result = run(cell, config, Knows(cell))
    assert not result.success and result.stage == "depth"
    assert result.localization_error == pytest.approx(0.15, abs=0.01)


def test_a_start_pose_beyond_the_limits_is_a_failure_of_reaching(cell):
    low = load_config()
    workspace = low.robot.arm.workspace.model_copy(update={"max": (0.62, 0.36, 0.10)})
    low.robot = low.robot.model_copy(update={"arm": low.robot.arm.model_copy(update={"workspace": workspace})})
    result = run(cell, low, Knows(cell))
    assert (result.stage, result.cause) == ("reach", "reach: not reached")
    assert "the start pose lies" in result.reason and result.localization_error < LIMITS.depth_error


def test_the_policys_own_failures_are_the_rest(cell, config):
    class LetsGo:
        def reset(self, cell, seed):
            pass

        def act(self, cell, baseline, commanded):
            return cell.tcp_pose(), 1.0

    result = run(cell, config, Knows(cell), LetsGo())
    assert (result.outcome, result.stage, result.cause) == ("failure", "policy", "policy: dropped")


def test_only_failures_count_as_stages():
    good = TrialResult(0, "success", "success")
    bad = TrialResult(1, "failure", "", stage="depth")
    found = stages([good, bad, replace(bad, stage="policy"), bad])
    assert found == {"pointing": 0, "depth": 2, "reach": 0, "policy": 1}
