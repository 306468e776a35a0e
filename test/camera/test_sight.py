"""Pictures that show nothing."""

import numpy as np

from vital_ros.camera import Frame, Sight
from vital_ros.config import load_config


def noisy(level, seed):
    rng = np.random.default_rng(seed)
    return Frame(np.clip(level + rng.normal(0, 1, (128, 160, 3)), 0, 255).astype(np.uint8))


def sight():
    wrist = load_config().cameras.wrist
    return Sight(wrist.frozen_after, wrist.black_below)


def test_a_still_scene_with_noise_is_seen_for_ever():
    judge = sight()
    assert [judge.complaint(noisy(40, i), i / 30) for i in range(60)] == [""] * 60


def test_a_picture_that_repeats_is_refused():
    judge, frame = sight(), noisy(40, 0)
    complaints = [judge.complaint(frame, i / 30) for i in range(12)]
    assert complaints[:9] == [""] * 9 and "repeats one picture" in complaints[11]
    assert judge.complaint(noisy(40, 1), 0.5) == ""


def test_black_is_refused_though_it_has_noise():
    judge = sight()
    assert "black pictures (mean" in judge.complaint(noisy(0, 0), 0.0)
    assert judge.complaint(noisy(8, 1), 0.1) == ""
