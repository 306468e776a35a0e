"""What each step saw is found again among the recorded messages."""

import numpy as np
import pytest

from vital_ros.bags import EpisodeError, EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.config import load_config
from vital_ros.observation import preprocess_image, preprocess_tactile
from vital_ros.playback.recorded import ARM, IMAGE, TOUCH, RecordedEpisode

from .conftest import BASELINE, FACTS, SPEC, TARGET


def test_each_step_is_given_the_messages_that_it_saw(record):
    episode = RecordedEpisode(record(late=20_000_000))
    assert [step.index for step in episode.steps] == [0, 1, 2, 3]
    images, touches, arm = (episode.reader.stream(topic).messages for topic in (IMAGE, TOUCH, ARM))
    rows = episode.reader.stream("/policy/transition").messages
    for step, row in zip(episode.steps, rows, strict=True):
        image = m.image_array(images[step.seen[IMAGE] - 1])
        assert preprocess_image(image, SPEC).tobytes() == step.image == row.image.tobytes()
        touch = preprocess_tactile(touches[step.seen[TOUCH] - 1].field, BASELINE, SPEC)
        np.testing.assert_array_equal(touch, step.touch)
        assert m.pose_of(arm[step.seen[ARM] - 1].pose).allclose(m.pose_of(row.pose))
        np.testing.assert_allclose(step.action, 1e-3 * (row.step + 1), rtol=1e-6)


def test_what_the_episode_was(record):
    episode = RecordedEpisode(record())
    assert (episode.task, episode.seed, episode.localizable, episode.stopped()) == ("key_lock", 7, False, "")
    assert episode.label.success and episode.policy["name"] == "tiny"
    task = load_config().task("key_lock")
    assert episode.target_yaw(task) == pytest.approx(0.3 - task.target_yaw)
    assert TARGET.allclose(episode.target)
    offset = TARGET.rotation.apply(task.target_offset)
    np.testing.assert_allclose(episode.point(task) + offset, TARGET.position)


def test_a_step_whose_frame_came_before_the_recorder_is_left_out(record):
    """The frames of before the third tick are missing; the third becomes the first."""
    episode = RecordedEpisode(record(first_frame=16))
    assert [step.index for step in episode.steps] == [0, 1]
    assert episode.steps[0].action[0] == pytest.approx(3e-3)


def test_old_bags_do_not_say_which_policy_acted(record):
    episode = RecordedEpisode(record(facts={key: FACTS[key] for key in ("task", "seed")}))
    assert episode.policy is None and len(episode.steps) == 4
    rows = episode.reader.stream("/policy/transition").stamps_ns
    stamps = episode.reader.stream(TOUCH).stamps_ns
    assert all(stamps[step.seen[TOUCH] - 1] <= row for step, row in zip(episode.steps, rows, strict=True))


def test_the_rate_must_be_the_configured_one(record, monkeypatch):
    episode, config = RecordedEpisode(record()), load_config()
    episode.check(config)
    executor = config.robot.executor.model_copy(update={"rate": 5.0})
    monkeypatch.setattr(config, "robot", config.robot.model_copy(update={"executor": executor}))
    with pytest.raises(EpisodeError, match=r"recorded at 6 Hz; robot\.yaml: executor\.rate = 5"):
        episode.check(config)


def test_an_episode_without_a_policy_is_refused(tmp_path):
    with EpisodeWriter(tmp_path / "e", {"task": "key_lock"}) as writer:
        writer.write("/arm/state", m.arm_state_message(TARGET, 0.5, 1), 1)
    with pytest.raises(EpisodeError, match="has no /policy/target"):
        RecordedEpisode(tmp_path / "e")
