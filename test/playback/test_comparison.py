import json
from dataclasses import replace

import numpy as np
import pytest

from vital_ros.geometry import Pose
from vital_ros.playback.comparison import Comparison, Lived
from vital_ros.playback.recorded import RecordedEpisode, Step
from vital_ros.playback.report import Now, report
from vital_ros.policy import ActionSpec

UNITS = ActionSpec(translation_scale=0.005, rotation_scale=0.02)


def step(index: int) -> Step:
    return Step(index, 0, b"image", np.ones(15, np.float32), np.zeros(7), Pose([0.4, 0.0, 0.2]), {})


def same() -> Lived:
    return Lived(b"image", np.ones(15, np.float32), np.zeros(7), Pose([0.4, 0.0, 0.2]))


def comparison(steps: int = 3, scale_now: float = 100.0) -> Comparison:
    return Comparison([100.0] * 15, [scale_now] * 15, UNITS, tolerance=1e-4, period=1 / 6, steps=steps)


def test_what_is_as_it_was_does_not_diverge():
    compared = comparison()
    for index in range(3):
        compared.add(step(index), same())
    assert not compared.diverged and compared.divergence is None and compared.seen_otherwise == []
    assert compared.summary()["largest_error"] == 0.0
    assert compared.lines()[-1] == "no divergence"


def test_the_error_is_in_network_units_and_the_first_beyond_the_tolerance_counts():
    compared = comparison()
    for index, metres in enumerate((1e-7, 0.0025, 0.005)):
        compared.add(step(index), replace(same(), action=np.array([0, 0, metres, 0, 0, 0, 0])))
    assert [d.error for d in compared.differences] == pytest.approx([2e-5, 0.5, 1.0])
    assert compared.diverged and compared.divergence.step == 1
    assert compared.divergence.time == pytest.approx(1 / 6)
    assert "first divergence at step 1" in "\n".join(compared.lines())


@pytest.mark.parametrize("change", [{"image": b"other"}, {"touch": np.full(15, 1.001, np.float32)}])
def test_another_observation_is_a_divergence_of_its_own(change):
    compared = comparison(steps=1)
    compared.add(step(0), replace(same(), **change))
    assert compared.diverged and compared.divergence is None and compared.seen_otherwise == [0]


def test_the_same_touch_under_another_scale_is_the_same():
    compared = comparison(steps=1, scale_now=50.0)
    compared.add(step(0), replace(same(), touch=np.full(15, 2.0, np.float32)))
    assert not compared.diverged


def test_missing_steps_and_numbers_that_are_none_diverge():
    assert comparison(steps=1).diverged
    compared = comparison(steps=1)
    compared.add(step(0), replace(same(), action=np.full(7, np.nan)))
    assert compared.divergence.error == np.inf


def test_a_report_is_written_and_told(record, tmp_path):
    episode = RecordedEpisode(record())
    compared = comparison(steps=4)
    for recorded in episode.steps[:2]:
        compared.add(recorded, Lived(recorded.image, recorded.touch, recorded.action + 1e-3, recorded.setpoint))
    lines = report(tmp_path, episode, compared, Now("tiny", "newest", 1.0, "contact", "stopped, touch", None))
    assert "the gate stopped the arm: contact" in lines
    assert "the executor ended the episode: stopped, touch" in lines
    assert (tmp_path / "replay.png").stat().st_size > 10_000
    told = json.loads((tmp_path / "replay.json").read_text())
    assert told["diverged"] and (told["steps_now"], told["steps_then"]) == (2, 4)
    assert told["first_divergence"]["step"] == 0 and told["then"]["name"] == "tiny"
