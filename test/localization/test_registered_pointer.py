import cv2
import numpy as np
import pytest

from vital_ros.localization.localizer import MIN_CONFIDENCE
from vital_ros.localization.pointer import LocalizationError
from vital_ros.localization.registered_pointer import RegisteredPointer
from vital_ros.localization.registry import ObjectCard, RegisteredObject


@pytest.fixture
def pointer(lock):
    return RegisteredPointer([lock])


@pytest.mark.parametrize("scale", [0.75, 1.0, 1.3])
@pytest.mark.parametrize("centre", [(320, 240), (101, 377)])
def test_finds_the_registered_point_whatever_the_size(pointer, scene, centre, scale):
    (found,) = pointer.point(scene(centre, scale), "key lock")
    assert found.confidence > MIN_CONFIDENCE
    assert np.hypot(found.u - centre[0] + 0.5, found.v - centre[1] + 0.5) < 1.5


def test_an_empty_table_stays_below_the_threshold(pointer, scene):
    (best,) = pointer.point(scene(None), "key lock")
    assert best.confidence < MIN_CONFIDENCE


def test_a_thing_of_the_same_colours_is_not_taken_for_it(pointer, scene):
    image = scene(None)
    cv2.rectangle(image, (300, 200), (330, 212), (190, 190, 200), -1)
    (best,) = pointer.point(image, "key lock")
    assert best.confidence < MIN_CONFIDENCE


def test_an_unknown_query_names_what_is_known(pointer, scene):
    with pytest.raises(LocalizationError, match=r"unknown query 'plug socket'; registered objects: key lock"):
        pointer.point(scene(None), "plug socket")


def test_without_registered_objects_it_says_how_to_register(scene):
    with pytest.raises(LocalizationError, match="register"):
        RegisteredPointer([]).point(scene(None), "key lock")


@pytest.mark.parametrize("query", ["Key Lock", "the key-lock on the table", "keyhole", "silver  keyhole"])
def test_labels_and_aliases_match_within_phrases(pointer, scene, query):
    assert pointer.point(scene((320, 240)), query)[0].label == "key lock"


@pytest.mark.parametrize("query", ["", "lock key", "monkey lock", "keyholes"])
def test_parts_of_words_and_other_orders_do_not_match(pointer, scene, query):
    with pytest.raises(LocalizationError):
        pointer.point(scene((320, 240)), query)


def test_several_named_objects_come_best_first(lock, scene):
    noise = np.random.default_rng(1).integers(0, 255, lock.crop.shape).astype(np.uint8)
    other = RegisteredObject(ObjectCard(label="switch", aliases=("keyhole",), point=(5, 5)), noise)
    found = RegisteredPointer([other, lock]).point(scene((320, 240)), "keyhole")
    assert [candidate.label for candidate in found] == ["key lock", "switch"]
