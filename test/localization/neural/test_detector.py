"""The rules that make one place of a detector's boxes."""

import numpy as np
import pytest

from vital_ros.config.localizer import OWLv2Config
from vital_ros.localization.neural.detector import DetectorPointer
from vital_ros.localization.pointer import LocalizationError

LEFT, RIGHT = (100, 100, 140, 120), (400, 100, 440, 120)


def pointer(*found, **options):
    """Of (box, score) each."""
    boxes = np.array([box for box, _ in found], float).reshape(-1, 4)
    scores = np.array([score for _, score in found], float)
    config = OWLv2Config(**{"threshold": 0.3, "timeout": 60.0} | options)
    return DetectorPointer("owlv2", config, lambda image, text: (boxes, scores))


def test_the_middle_of_the_best_box_with_its_score(sight):
    """Boxes are measured from the image's edge, pixels from the middle of the first one."""
    (best,) = pointer((RIGHT, 0.2), (LEFT, 0.7)).point(sight(None), "socket")
    assert (best.u, best.v, best.confidence, best.label) == (119.5, 109.5, 0.7, "socket")


def test_boxes_of_the_same_place_are_no_rivals(sight):
    around, part = (60, 80, 180, 140), (110, 102, 130, 118)
    (best,) = pointer((LEFT, 0.7), (around, 0.69), (part, 0.68)).point(sight(None), "socket")
    assert best.confidence == 0.7


def test_another_place_almost_as_good_is_one(sight):
    found = [(LEFT, 0.7), (RIGHT, 0.6)]
    with pytest.raises(LocalizationError) as caught:
        pointer(*found).point(sight(None), "socket")
    assert "owlv2 finds 'socket' at pixel (120, 110), score 0.70, and at pixel (420, 110), score 0.60" in str(
        caught.value
    )
    assert [place.confidence for place in pointer(*found, several="first").point(sight(None), "socket")] == [0.7, 0.6]


def test_a_worse_one_or_one_below_the_threshold_is_not(sight):
    assert len(pointer((LEFT, 0.7), (RIGHT, 0.5)).point(sight(None), "socket")) == 1
    assert len(pointer((LEFT, 0.31), (RIGHT, 0.29)).point(sight(None), "socket")) == 1


def test_nothing_good_is_told_with_its_score(sight):
    """The localizer then says how far it was from enough."""
    (best,) = pointer((LEFT, 0.1), (RIGHT, 0.1)).point(sight(None), "socket")
    assert best.confidence == 0.1


def test_no_boxes_and_useless_ones(sight):
    assert pointer().point(sight(None), "socket") == []
    nan, outside, empty = (np.nan, 0, 10, 10), (700, 0, 720, 20), (50, 50, 50, 60)
    assert pointer((nan, 0.9), (outside, 0.9), (empty, 0.9), (LEFT, np.nan)).point(sight(None), "socket") == []


def test_of_a_box_that_leaves_the_image_the_middle_of_what_is_seen(sight):
    (best,) = pointer(((-60, 440, 40, 520), 0.7)).point(sight(None), "socket")
    assert (best.u, best.v) == (19.5, 459.5)


def test_what_the_detector_is_asked(sight):
    asked = []
    config = OWLv2Config(timeout=60.0)

    def detect(image, text):
        asked.append((image, text))
        return np.zeros((0, 4)), np.zeros(0)

    seen = sight(None)
    DetectorPointer("owlv2", config, detect).point(seen, "{query} socket")
    assert asked[0][0] is seen.image and asked[0][1] == "a photo of a {query} socket"
