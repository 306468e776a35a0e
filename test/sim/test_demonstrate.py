import shutil

import numpy as np
import pytest

from vital_ros.bags import EpisodeReader
from vital_ros.bags import messages as m
from vital_ros.config import load_config
from vital_ros.sim.contact_sheet import contact_sheet, film
from vital_ros.sim.demonstrate import demonstrate
from vital_ros.sim.starts import first_pose, near_start


@pytest.fixture(scope="module")
def recorded(tmp_path_factory, config):
    folder = tmp_path_factory.mktemp("demos")
    return folder, demonstrate("key_lock", 2, folder, 40, config, filmed=1)


def test_streams_have_their_rates(recorded):
    folder, _ = recorded
    episode = EpisodeReader(folder / "key_lock_000040")
    frames = episode.images("/wrist_camera/image_raw")
    for stream, period in (
        (frames, 1 / 30),
        (episode.stream("/anyskin/tactile"), 0.01),
        (episode.stream("/arm/state"), 0.01),
    ):
        assert np.diff(stream.stamps_ns).mean() == pytest.approx(period * 1e9, rel=0.01)
    masks = episode.images("/sim/wrist_mask")
    np.testing.assert_array_equal(masks.stamps_ns, frames.stamps_ns)
    assert m.image_array(frames.messages[0]).shape == (128, 160, 3)
    assert set(np.unique(m.image_array(masks.messages[0]))) == {0, 255}
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


def test_some_attempts_start_in_the_box_and_the_others_nearer(real_cell):
    box = real_cell.limits.start_box
    target = real_cell.nominal.inverse()
    starts = np.array([target.apply(first_pose(real_cell, seed).position) for seed in range(200)])
    in_box = np.isclose(starts[:, 2], box.center[2])
    assert 0.2 < in_box.mean() < 0.4
    assert np.abs(starts[:, :2]).max() <= 0.0301
    heights = starts[~in_box, 2] - real_cell.task.tip[2]
    assert 0.0009 < heights.min() < 0.003 and heights.max() < 0.05 and np.ptp(heights) > 0.03


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


def test_a_run_continues_where_it_stopped(recorded, config):
    folder, _ = recorded
    before = (folder / "key_lock_000040" / "metadata.yaml").read_bytes()
    (folder / ".key_lock_000042.partial").mkdir()
    attempts = demonstrate("key_lock", 3, folder, 40, config, processes=2)
    assert [attempt.seed for attempt in attempts] == [42]
    assert (folder / "key_lock_000040" / "metadata.yaml").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == [f"key_lock_0000{seed}" for seed in (40, 41, 42)]
    assert demonstrate("key_lock", 3, folder, 40, config) == []


def test_episodes_do_not_depend_on_the_number_of_processes(recorded, config, tmp_path):
    folder, _ = recorded
    demonstrate("key_lock", 2, tmp_path, 40, config, processes=2)
    for seed in (40, 41):
        here, there = (EpisodeReader(place / f"key_lock_0000{seed}") for place in (tmp_path, folder))
        for topic in ("/wrist_camera/image_raw/compressed", "/anyskin/tactile", "/arm/state"):
            a, b = here.stream(topic), there.stream(topic)
            np.testing.assert_array_equal(a.stamps_ns, b.stamps_ns)
            if topic == "/arm/state":
                assert [x.pose for x in a.messages] == [x.pose for x in b.messages]
            else:
                name = "data" if "image" in topic else "field"
                assert all(
                    np.array_equal(getattr(x, name), getattr(y, name))
                    for x, y in zip(a.messages, b.messages, strict=True)
                )


def test_failures_are_counted_and_not_kept(tmp_path, config):
    settings = tmp_path / "config"
    shutil.copytree(config.directory, settings)
    file = settings / "tasks" / "key_lock.yaml"
    file.write_text(file.read_text().replace("time_limit: 15.0", "time_limit: 0.2"))
    with pytest.raises(RuntimeError, match="the expert fails at key_lock: 10 of 10 attempts"):
        demonstrate("key_lock", 1, tmp_path / "demos", 0, load_config(settings))
    assert list((tmp_path / "demos").iterdir()) == []


@pytest.mark.parametrize("task", ["card_swipe", "pick_block"])
def test_near_starts_lie_between_the_target_and_the_box(flawless, task):
    cell = flawless(task)
    task, box = cell.task, cell.limits.start_box
    rng = np.random.default_rng(0)
    starts = np.array([near_start(task, np.array(box.center), rng) for _ in range(200)])
    low, high = np.array(cell.limits.workspace.min), np.array(cell.limits.workspace.max)
    assert (starts > low).all() and (starts < high).all()
    if task.name == "card_swipe":
        edges = starts[:, 0] + task.tip[0]
        assert edges.max() < -0.002 and edges.min() > box.center[0] + task.tip[0]
    else:
        assert starts[:, 2].min() > 0.015 and starts[:, 2].max() < 0.9 * box.center[2]
