"""Deployed episodes become episodes of the replay: the same numbers, or a reason why not."""

import numpy as np
import pytest

from vital_ros.bags import EpisodeError
from vital_ros.config import ResidualConfig
from vital_ros.learning.replay_episode import ReplayError
from vital_ros.learning.residual.lived import lived_episode
from vital_ros.learning.residual.views import Views
from vital_ros.policy import LocalPolicy

from .bags import write_bag

CONFIG = ResidualConfig()


@pytest.fixture
def policy(base):
    return LocalPolicy.load(base)


@pytest.fixture
def read(tmp_path, policy, short_config):
    def read(name, views=1, **options):
        makes = Views(policy, CONFIG.augmentation, views, 0)
        return lived_episode(tmp_path / name, policy, makes, short_config.task("pick_block"), "c", **options)

    return read


def test_the_replay_tells_what_the_executor_lived(tmp_path, policy, read, short_config):
    lived = write_bag(tmp_path, "e", policy, ticks=4)
    episode = read("e", views=3)
    assert (len(episode), episode.sizes) == (4, (3, 32, 32))
    assert (episode.facts.terminated, episode.facts.success, episode.facts.seed) == (True, True, 3)
    for index, step in enumerate(lived):
        np.testing.assert_array_equal(episode.z_image[0, index], step.features[0].astype(np.float16))
        np.testing.assert_array_equal(episode.z_touch[index], step.features[1].astype(np.float16))
        np.testing.assert_array_equal(episode.a_base[index], step.base_action.astype(np.float32))
    np.testing.assert_allclose(episode.a_res[:, 0], [0, 0.001, 0.002, 0.003])
    goal = short_config.task("pick_block").goal
    expected = [np.abs(np.array([0.0, 0.001 * i, 0.03]) - goal).sum() for i in range(1, 5)]
    np.testing.assert_allclose(episode.distance, expected, rtol=1e-5)
    # all is kept by these masks, so that the other views differ by light and colour only, and not for long
    assert np.isfinite(episode.z_image).all() and not np.array_equal(episode.z_image[0], episode.z_image[1])


def test_a_cut_off_episode_is_no_end(tmp_path, policy, read):
    write_bag(tmp_path, "e", policy, success=None, terminated=False)
    facts = read("e").facts
    assert (facts.terminated, facts.success) == (False, None)


def test_no_transition_leads_across_a_skipped_tick(tmp_path, policy, read):
    lived = write_bag(tmp_path, "e", policy, ticks=6, change=lambda rows: rows[:2] + rows[3:])
    told = []
    episode = read("e", tell=told.append)
    assert len(episode) == 3 and episode.facts.terminated and episode.facts.success
    np.testing.assert_array_equal(episode.a_base, [step.base_action.astype(np.float32) for step in lived[3:]])
    np.testing.assert_allclose(episode.a_res[:, 0], [0.003, 0.004, 0.005])
    assert told == ["episode e: a tick before step 3 is missing; it is learned from that step on"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda rows: [*rows, rows[2]], "not in order"),
        (lambda rows: rows[:-2] + rows[-1:], "nothing is left to learn from"),
        (lambda rows: rows[:-1], "does not tell how it ended"),
        (lambda rows: rows[:1], "ended before the policy did anything"),
        (lambda rows: [dict(row, task="key_lock") for row in rows], "of task 'key_lock', not 'pick_block'"),
        (lambda rows: [dict(row, image=row["image"][:300]) for row in rows], "not those of tiny"),
        (lambda rows: [dict(row, base_action=np.full(7, np.nan, np.float32)) for row in rows], "a_base is not finite"),
    ],
)
def test_what_is_not_whole_is_refused_with_a_reason(tmp_path, policy, read, change, complaint):
    write_bag(tmp_path, "e", policy, change=change)
    with pytest.raises(ReplayError, match=complaint):
        read("e")


def test_views_need_masks(tmp_path, policy, read):
    write_bag(tmp_path, "e", policy, masks=False)
    assert read("e").sizes[0] == 1
    with pytest.raises(EpisodeError, match="/sim/wrist_mask"):
        read("e", views=2)
