import os
import signal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_ros.config.residual import RewardConfig
from vital_ros.learning.labels import FILE
from vital_ros.learning.replay import Replay
from vital_ros.learning.replay_episode import ReplayError, write_episode

from .replays import VIEWS, episode

REWARD = RewardConfig(success=5, failure=-3, per_mm=0.1)


def replay(folder, n_step=3, discount=0.9, problems=None):
    return Replay(folder, "c", REWARD, n_step, discount, (lambda m: None) if problems is None else problems.append)


ENDINGS = st.sampled_from([(True, True), (False, True), (None, False), (False, False), (True, False)])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 6), ENDINGS), min_size=1, max_size=5),
    st.integers(1, 5),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_every_transition_is_of_one_episode_and_in_step(tmp_path_factory, shapes, n, seed, reopened):
    """No off-by-one, no leak across episodes, masks right at the border, n steps never cross it."""
    folder = tmp_path_factory.mktemp("replay")
    kept = replay(folder, n)
    for number, (length, (success, terminated)) in enumerate(shapes):
        kept.add(episode(number, length, success, terminated))
    if reopened:
        kept = replay(folder, n)
    assert kept.steps() == sum(length for length, _ in shapes)
    batch = kept.sample(64, np.random.default_rng(seed))
    for z, base, res, reward, discount, later_z, later_base in zip(*(a.astype(float) for a in batch), strict=True):
        number, time, view, touch_number, touch_time = z
        length, (success, terminated) = shapes[int(number)]
        assert (touch_number, touch_time) == (number, time) and time < length
        assert np.all(base == 100 * number + time) and np.all(res == -(100 * number + time))
        end = min(time + n, length)
        assert later_z.tolist() == [number, end, view, number, end], "same episode, same background"
        assert np.all(later_base == 100 * number + end)
        terminal = success is True or terminated
        assert discount == (0 if terminal and end == length else np.float32(0.9 ** (end - time)))
        rewards = [-0.1 * (1 + t) for t in range(length)]
        rewards[-1] += {True: 5, False: -3 if terminated else 0, None: 0}[success]
        expected = sum(0.9**i * r for i, r in enumerate(rewards[int(time) : int(end)]))
        assert reward == pytest.approx(expected, rel=1e-5)


def test_all_steps_and_all_views_are_drawn(tmp_path):
    kept = replay(tmp_path)
    for number in range(3):
        kept.add(episode(number, 2))
    z = kept.sample(500, np.random.default_rng(0)).z
    assert {tuple(row) for row in z[:, :3].astype(int).tolist()} == {
        (e, t, k) for e in range(3) for t in range(2) for k in range(VIEWS)
    }


def test_stored_base_actions_stay_as_they_are(tmp_path):
    """B9: the release adds the residual into the stored base action."""
    kept = replay(tmp_path)
    kept.add(episode(0, 4))
    before = kept.episode("episode_000").a_base.copy()
    batch = kept.sample(32, np.random.default_rng(0))
    batch.a_base[:] += batch.a_res
    with pytest.raises(ValueError, match="read-only"):
        kept.episode("episode_000").a_base[:] += 1
    np.testing.assert_array_equal(kept.episode("episode_000").a_base, before)
    np.testing.assert_array_equal(replay(tmp_path).episode("episode_000").a_base, before)


def test_a_timeout_is_neither_success_nor_end(tmp_path):
    """B10: the value goes on after a time limit, and stops at success."""
    for success, terminated, discounts in ((None, False, [0.9]), (True, True, [0.0, 0.9])):
        kept = replay(tmp_path / str(success), n_step=1)
        kept.add(episode(0, 4, success, terminated))
        seen = kept.sample(200, np.random.default_rng(0)).discount
        assert np.unique(seen).tolist() == pytest.approx(discounts)
        assert kept.rewards("episode_000").max() == pytest.approx(5 - 0.4 if success else -0.1)


def test_labels_are_corrected_afterwards(tmp_path):
    kept = replay(tmp_path)
    kept.add(episode(0, 3, success=False, terminated=True))
    assert kept.rewards("episode_000")[-1] == pytest.approx(-3.3)
    before = kept.sample(50, np.random.default_rng(0))
    kept.label("episode_000", True)
    assert kept.success("episode_000") is True and kept.rewards("episode_000")[-1] == pytest.approx(4.7)
    after = kept.sample(50, np.random.default_rng(0))
    assert np.all(after.reward >= before.reward) and np.any(after.reward > before.reward)
    kept.label("episode_000", False)
    kept.label("episode_000", True)
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"episode": "episode_000", "succ')  # cut short by a crash
    problems = []
    again = replay(tmp_path, problems=problems)
    assert again.success("episode_000") is True and "line 4 left out" in problems[0]
    again.label("episode_000", False)
    assert replay(tmp_path).success("episode_000") is False
    with pytest.raises(ReplayError, match="no episode 'other'"):
        kept.label("other", True)


def test_demonstrations_are_drawn_apart(tmp_path):
    kept = replay(tmp_path)
    kept.add(episode(0, 3))
    with pytest.raises(ReplayError, match="no demonstration"):
        kept.sample(1, np.random.default_rng(0), demonstrations=True)
    kept.add(episode(1, 5, success=True, terminated=True, demonstration=True))
    assert (kept.steps(), kept.steps(demonstrations=True)) == (3, 5)
    assert set(kept.sample(64, np.random.default_rng(0)).z[:, 0]) == {0}
    assert set(kept.sample(64, np.random.default_rng(0), demonstrations=True).z[:, 0]) == {1}
    assert set(kept.features()[:, 0]) == {0}


def test_damaged_files_are_left_out_by_name(tmp_path):
    kept = replay(tmp_path)
    for number in range(4):
        kept.add(episode(number, 3))
    whole = (tmp_path / "episode_000.safetensors").read_bytes()
    (tmp_path / "episode_000.safetensors").write_bytes(whole[:-10])
    (tmp_path / "episode_001.safetensors").write_bytes(b"")
    (tmp_path / "episode_009.safetensors").write_bytes((tmp_path / "episode_002.safetensors").read_bytes())
    (tmp_path / ".episode_010.safetensors.partial").write_bytes(whole[:100])
    write_episode(tmp_path, episode(5, 3, contract="other"))
    problems = []
    again = replay(tmp_path, problems=problems)
    assert again.names == ["episode_002", "episode_003"]
    assert len(problems) == 5 and all("left out" in p and "\n" not in p for p in problems)
    assert "episode_009" in problems[3] and "says it is episode_002" in problems[3]
    assert "another contract (other, not c)" in problems[2]


def test_what_does_not_fit_is_refused_before_it_is_written(tmp_path):
    kept = replay(tmp_path)
    kept.add(episode(0, 3))
    files = sorted(tmp_path.iterdir())
    with pytest.raises(ReplayError, match="there already"):
        kept.add(episode(0, 3))
    with pytest.raises(ReplayError, match="another contract"):
        kept.add(episode(1, 3, contract="d"))
    assert sorted(tmp_path.iterdir()) == files
    good = episode(1, 3)
    for key, bad in (("a_res", good.a_base), ("distance", good.distance * np.nan), ("z_image", good.z_image[:, :2])):
        with pytest.raises(ReplayError, match=r"needed for|not finite"):
            type(good)(**{**vars(good), key: bad})


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    kept = replay(tmp_path)
    monkeypatch.setattr("vital_ros.learning.replay_episode.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        kept.add(episode(0, 3))
    assert not list(tmp_path.iterdir()) and kept.names == []


def test_kill_9_loses_no_finished_episode(tmp_path):
    if not (child := os.fork()):
        kept = replay(tmp_path)
        kept.add(episode(0, 3))
        kept.add(episode(1, 5))
        os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert replay(tmp_path).names == ["episode_000", "episode_001"] and replay(tmp_path).steps() == 8
