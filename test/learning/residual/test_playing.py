"""Episodes from the real cell: what is stored is what was done, where it was done."""

import numpy as np
import pytest

from vital_ros.config import ResidualConfig
from vital_ros.evaluation.trial import PolicyAgent, TrialResult, run_trial
from vital_ros.learning.residual.playing import ResidualPlayer
from vital_ros.learning.residual.views import Views
from vital_ros.policy import LocalPolicy
from vital_ros.sim import Cell

SETTINGS = ResidualConfig(views=3)
SEED = 600_000


class Noted:
    """A residual that notes what it is told and says numbers of its own."""

    def __init__(self):
        self.told, self.said = [], []

    def act(self, z, a_base, share, std, rng):
        self.told.append((z, a_base.copy()))
        self.said.append(rng.normal(0, 1e-3, 7) * [1, 1, 1, 0, 0, 0, 0])
        return self.said[-1]


@pytest.fixture
def policy(base):
    return LocalPolicy.load(base)


@pytest.fixture
def cell(short_config):
    cell = Cell("pick_block", short_config)
    yield cell
    cell.close()


def test_an_episode_holds_what_was_seen_and_done(short_config, policy, cell):
    views, residual, asked, target = Views(policy, SETTINGS.augmentation, 3, 0), Noted(), [], []
    player = ResidualPlayer(policy, short_config, SETTINGS, views, residual)

    def act(cell, baseline, commanded, act=player.act):
        asked.append(cell.tcp_pose())
        target.append(act(cell, baseline, commanded)[0])
        return target[-1], 0.0

    player.act = act
    result = player.play(cell, SEED)
    episode = player.episode("e", "c", result)
    assert (result.outcome, len(episode), result.steps) == ("timeout", 6, 6)
    assert not episode.facts.terminated and episode.facts.success is False, "B10: a time-out is no end"
    assert episode.sizes == (3, 32, 32)
    for index, (z, a_base) in enumerate(residual.told):
        np.testing.assert_array_equal(z, np.hstack([episode.z_image[0, index], episode.z_touch[index]]))
        np.testing.assert_array_equal(a_base, episode.a_base[index])
    np.testing.assert_array_equal(episode.a_res, np.float32(residual.said[:-1]))
    for pose, wanted, a_base, a_res in zip(asked, target, episode.a_base, episode.a_res, strict=False):
        moved = pose.rotation.inv().apply(wanted.position - pose.position)
        np.testing.assert_allclose(moved, a_base[:3] + a_res[:3], atol=1e-7)
    places = [(cell.nominal.inverse() @ pose).position for pose in [*asked[1:], cell.tcp_pose()]]
    distances = np.abs(np.array(places) - cell.limits.goal).sum(axis=1)
    np.testing.assert_allclose(episode.distance, distances, atol=1e-6)
    assert np.ptp(episode.z_image, axis=0).max() > 0, "other backgrounds look different"


def test_without_residual_it_is_the_base_policy(short_config, policy, cell):
    """Every episode begins with an empty ensemble (B7): the second is as the first."""
    player = ResidualPlayer(policy, short_config, SETTINGS, None, None)
    first, again = player.play(cell, SEED), player.play(cell, SEED)
    plain = run_trial(cell, PolicyAgent(policy, short_config), SEED, short_config)
    views = [result.last_view for result in (first, again, plain)]
    np.testing.assert_array_equal(views[0], views[1])
    assert np.abs(views[0].astype(int) - views[2]).mean() < 2, "up to float32 of the stored base action"


@pytest.mark.parametrize(
    ("outcome", "terminated", "success"),
    [("success", True, True), ("failure", True, False), ("stopped", True, False), ("timeout", False, False)],
)
def test_how_it_ended(short_config, policy, cell, outcome, terminated, success):
    views = Views(policy, SETTINGS.augmentation, 1, 0)
    player = ResidualPlayer(policy, short_config, SETTINGS, views, None)
    player.play(cell, SEED)
    facts = player.episode("e", "c", TrialResult(SEED, outcome, "")).facts
    assert (facts.terminated, facts.success) == (terminated, success)


def test_one_background_for_a_whole_episode(policy):
    """What changes within a view is then what happened, not the background."""
    plainly = SETTINGS.augmentation.model_copy(update={"brightness": 0, "contrast": 0, "saturation": 0})
    views = Views(policy, plainly, 4, 0)
    same = [np.full((128, 128, 3), 90, np.uint8)] * 5
    alpha = np.zeros((5, 128, 128), np.uint8)
    plain = np.zeros((5, 32), np.float32)
    made = views.encode(plain, same, alpha, "e")
    assert made.shape == (4, 5, 32) and np.all(made[0] == 0)
    assert np.abs(made[1:] - made[1:, :1]).max() < 0.02
    assert np.abs(made[1] - made[2]).max() > 0.02
    np.testing.assert_array_equal(views.encode(plain, same, alpha, "e"), made)
    assert np.any(views.encode(plain, same, alpha, "f") != made)
