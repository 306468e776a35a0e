import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.bags import EpisodeError, EpisodeReader
from vital_ros.learning.dataset import NOT_SUCCESSFUL, Demonstrations
from vital_ros.learning.episode_samples import chunks_of, episode_samples


def test_tails_stay_and_keep_the_gripper():
    actions = np.column_stack([np.arange(1, 13)[:, None] * np.ones(6), np.linspace(0.2, 0.9, 12)])
    chunks = chunks_of(actions, 10)
    np.testing.assert_array_equal(chunks[0], actions[:10])
    np.testing.assert_array_equal(chunks[5][:7], actions[5:])
    assert not chunks[5][7:, :6].any()
    np.testing.assert_array_equal(chunks[5][7:, 6], 0.9)


@given(st.integers(1, 30), st.integers(1, 12), st.floats(0, 1))
def test_every_chunk_ends_standing_still_with_the_hand_as_it_was(count, length, opening):
    """B2: no chunk of zeros, whose gripper would say "close"."""
    actions = np.column_stack([np.ones((count, 6)), np.full(count, opening)])
    chunks = chunks_of(actions, length)
    assert chunks.shape == (count, length, 7)
    np.testing.assert_array_equal(chunks[..., 6], opening)
    moving = chunks[..., :6].all(axis=2).sum(axis=1)
    np.testing.assert_array_equal(moving, np.minimum(length, count - np.arange(count)))


def test_rows_belong_together(write_episode, spec):
    samples = episode_samples(EpisodeReader(write_episode("a") / "a"), 3, spec, "tool", 10)
    frame = samples.images[:, 0, 0, 0].astype(int)
    tick = (frame + 0.5) / 30  # ticks lie in the middle of a frame's time
    assert sorted(frame) == list(range(45)), "every frame but the last, once"
    age = tick - (samples.touch[:, 0] - 5.0) / 1e3
    assert age.min() > -1e-6, "a reading from the future"
    assert age.max() < 0.0101, "not the newest reading"
    assert set(samples.episodes) == {3}


def test_labels_are_tool_frame_motions_of_one_period(write_episode, spec):
    samples = episode_samples(EpisodeReader(write_episode("a", opening=0.95) / "a"), 0, spec, "tool", 10)
    frame = samples.images[:, 0, 0, 0].astype(int)
    moving = samples.chunks[frame < 40, 0]
    np.testing.assert_allclose(moving[:, :6], np.tile([0, 0, 0.005, 0, 0, 0], (len(moving), 1)), atol=1e-6)
    opening_at_next_tick = 0.95 - ((frame[frame < 40] + 0.5) / 30 + 1 / 6) / 6
    np.testing.assert_array_equal(moving[:, 6], opening_at_next_tick > 0.88)
    assert set(moving[:, 6]) == {0, 1}
    np.testing.assert_array_equal(samples.chunks[frame >= 40, :, :6], 0)
    base = episode_samples(EpisodeReader(write_episode("b") / "b"), 0, spec, "base", 10)
    np.testing.assert_allclose(base.chunks[0, 0, :3], [0, 0, -0.005], atol=1e-6)


def test_no_chunk_crosses_an_episode(write_episode, spec):
    write_episode("a", speed=0.03)
    demos = Demonstrations.load(write_episode("b", speed=0.06), "key_lock", spec)
    assert demos.names == ["a", "b"]
    for episode, step in ((0, 0.005), (1, 0.010)):
        down = demos.samples.of([episode]).chunks[..., 2]
        assert np.all(np.isclose(down, step, atol=1e-6) | (down == 0))


def test_failures_are_left_out_and_named_and_the_hash_follows_the_data(write_episode, spec):
    first = Demonstrations.load(write_episode("a"), "key_lock", spec)
    second = Demonstrations.load(write_episode("b", success=False), "key_lock", spec)
    third = Demonstrations.load(write_episode("c"), "key_lock", spec)
    assert second.names == ["a"]
    assert second.left_out == {"b": NOT_SUCCESSFUL}
    assert first.sha256 == second.sha256 != third.sha256


def test_an_empty_folder_says_how_to_fill_it(spec, tmp_path):
    with pytest.raises(EpisodeError, match="no successful episode of key_lock .*vital demos"):
        Demonstrations.load(tmp_path, "key_lock", spec)
