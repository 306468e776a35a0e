import numpy as np
import pytest

from vital_ros.bags import EpisodeReader
from vital_ros.bags import messages as m
from vital_ros.execution.plan import start_pose
from vital_ros.sim import demonstrate as module
from vital_ros.sim.contact_sheet import contact_sheet, film
from vital_ros.sim.demonstrate import demonstrate, first_pose
from vital_ros.sim.expert import Expert


@pytest.fixture(scope="module")
def recorded(tmp_path_factory, config):
    folder = tmp_path_factory.mktemp("demos")
    return folder, demonstrate("key_lock", 2, folder, 40, config, filmed=1)


def test_the_expert_succeeds(real_cell):
    expert = Expert()
    outcomes = []
    for seed in range(500_000, 500_012):
        real_cell.reset(seed, start_pose(real_cell.limits, real_cell.settings.fixture.pose, seed))
        expert.reset(np.random.default_rng(seed))
        while real_cell.verdict().success is None and real_cell.time < real_cell.limits.time_limit:
            real_cell.step(*expert.act(real_cell))
        outcomes.append(real_cell.verdict().success)
        assert real_cell.max_force < 20  # it never presses hard
        assert real_cell.slipped() < 0.002
    assert all(outcomes)


def test_streams_have_their_rates(recorded):
    folder, _ = recorded
    episode = EpisodeReader(folder / "key_lock_000040")
    for topic, period in (("/wrist_camera/image_raw", 1 / 30), ("/anyskin/tactile", 0.01), ("/arm/state", 0.01)):
        stamps = episode.stream(topic).stamps_ns
        assert np.diff(stamps).mean() == pytest.approx(period * 1e9, rel=0.01)
    masks = episode.stream("/sim/wrist_mask").stamps_ns
    np.testing.assert_array_equal(masks, episode.stream("/wrist_camera/image_raw").stamps_ns)
    assert {"/wrist_camera/camera_info", "/anyskin/baseline", "/episode/label"} <= set(episode.topics)


def test_an_episode_goes_to_the_goal_and_rests_there(recorded, config):
    folder, attempts = recorded
    task = config.task("key_lock")
    for attempt in attempts:
        episode = EpisodeReader(folder / f"key_lock_{attempt.seed:06d}")
        assert episode.metadata["success"] is True and episode.metadata["task"] == "key_lock"
        poses = episode.stream("/arm/state")
        positions = np.array([m.pose_of(message.pose).position for message in poses.messages])
        target = np.array(episode.metadata["target"]["position"])
        first, last = positions[0] - target, positions[-1] - target
        assert task.goal[2] < first[2] < task.start_box.center[2] + 0.002 and np.abs(first[:2]).max() < 0.032
        np.testing.assert_allclose(last, task.goal, atol=4e-3)
        # the last half second is the moment after success
        assert np.ptp(positions[poses.stamps_ns > poses.stamps_ns[-1] - 0.25e9], axis=0).max() < 1e-3
        label = episode.stream("/episode/label").messages[-1]
        assert label.success and label.reason == "success"


def test_half_of_the_attempts_start_in_the_box_and_the_others_nearer(real_cell):
    box = real_cell.limits.start_box
    target = real_cell.settings.fixture.pose.inverse()
    starts = np.array([target.apply(first_pose(real_cell, seed).position) for seed in range(200)])
    in_box = np.isclose(starts[:, 2], box.center[2])
    assert 0.4 < in_box.mean() < 0.6
    assert np.abs(starts[:, :2]).max() <= 0.0301
    heights = starts[~in_box, 2] - real_cell.task.tip[2]
    assert heights.min() > 0.004 and heights.max() < 0.05 and np.ptp(heights) > 0.03


def test_touch_starts_at_its_baseline(recorded):
    folder, _ = recorded
    episode = EpisodeReader(folder / "key_lock_000040")
    baseline = m.tactile_array(episode.stream("/anyskin/baseline").messages)[0]
    field = m.tactile_array(episode.stream("/anyskin/tactile").messages)
    assert field.shape[1:] == (2, 15)
    assert np.abs(field[:5] - baseline).max() < 10


def test_the_policy_step_of_a_demonstration_is_within_the_cap(recorded, config):
    folder, _ = recorded
    states = EpisodeReader(folder / "key_lock_000041").stream("/arm/state").messages
    positions = np.array([m.pose_of(message.pose).position for message in states])
    steps = np.linalg.norm(positions[17:] - positions[:-17], axis=1)
    assert steps.max() <= config.task("key_lock").max_step.translation * 1.1


def test_pictures_to_look_at(recorded, tmp_path):
    _, attempts = recorded
    contact_sheet(tmp_path / "sheet.png", attempts)
    film(tmp_path / "film.mp4", attempts, 600.0)
    assert (tmp_path / "sheet.png").stat().st_size > 10_000
    assert (tmp_path / "film.mp4").stat().st_size > 10_000


def test_existing_episodes_are_not_overwritten(recorded, config):
    folder, _ = recorded
    before = (folder / "key_lock_000040" / "metadata.yaml").read_bytes()
    with pytest.raises(FileExistsError, match="key_lock_000040"):
        demonstrate("key_lock", 1, folder, 40, config)
    assert (folder / "key_lock_000040" / "metadata.yaml").read_bytes() == before


def test_failures_are_counted_and_not_kept(tmp_path, config, monkeypatch):
    monkeypatch.setattr(module, "FINAL_HOLD", 0.0)

    class Clumsy(Expert):
        def act(self, cell):
            return super().act(cell)[0], 1.0  # lets the key go

    monkeypatch.setattr(module, "Expert", Clumsy)
    with pytest.raises(RuntimeError, match="the expert fails at key_lock: 0 successes in 10 attempts"):
        demonstrate("key_lock", 1, tmp_path, 0, config)
    assert list(tmp_path.iterdir()) == []
