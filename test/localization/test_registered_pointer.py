import cv2
import numpy as np
import pytest
from scene import draw_object, registered, scene

from vital_ros.localization.localizer import MIN_CONFIDENCE
from vital_ros.localization.pointer import LocalizationError
from vital_ros.localization.registered_pointer import RegisteredPointer

POINTER = RegisteredPointer([registered()])


@pytest.mark.parametrize("scale", [0.75, 1.0, 1.3])
@pytest.mark.parametrize("centre", [(320, 240), (101, 377)])
def test_finds_the_registered_point_whatever_the_size(centre, scale):
    (found,) = POINTER.point(scene(centre, scale), "key lock")
    assert found.confidence > MIN_CONFIDENCE
    assert np.hypot(found.u - centre[0] + 0.5, found.v - centre[1] + 0.5) < 1.5


def test_an_empty_table_stays_below_the_threshold():
    (best,) = POINTER.point(scene(None), "key lock")
    assert best.confidence < MIN_CONFIDENCE


def test_a_thing_of_the_same_colours_is_not_taken_for_it():
    image = scene(None)
    cv2.rectangle(image, (300, 200), (330, 212), (190, 190, 200), -1)
    (best,) = POINTER.point(image, "key lock")
    assert best.confidence < MIN_CONFIDENCE


def test_an_unknown_query_names_what_is_known():
    with pytest.raises(LocalizationError, match=r"unknown query 'plug socket'; registered objects: key lock"):
        POINTER.point(scene(None), "plug socket")


def test_without_registered_objects_it_says_how_to_register():
    with pytest.raises(LocalizationError, match="register"):
        RegisteredPointer([]).point(scene(None), "key lock")


@pytest.mark.parametrize("query", ["Key Lock", "the key-lock on the table", "keyhole", "silver  keyhole"])
def test_labels_and_aliases_match_within_phrases(query):
    assert POINTER.point(scene((320, 240)), query)[0].label == "key lock"


@pytest.mark.parametrize("query", ["", "lock key", "monkey lock", "keyholes"])
def test_parts_of_words_and_other_orders_do_not_match(query):
    with pytest.raises(LocalizationError):
        POINTER.point(scene((320, 240)), query)


def test_several_named_objects_come_best_first():
    other = registered(label="switch", aliases=("keyhole",))
    other.crop[:] = np.random.default_rng(1).integers(0, 255, draw_object().shape)
    found = RegisteredPointer([other, registered()]).point(scene((320, 240)), "keyhole")
    assert [candidate.label for candidate in found] == ["key lock", "switch"]
