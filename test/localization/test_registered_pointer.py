import cv2
import numpy as np
import pytest

from vital_ros.localization.pointer import LocalizationError
from vital_ros.localization.registered_pointer import RegisteredPointer
from vital_ros.localization.registry import ObjectCard, RegisteredObject

THRESHOLD = 0.55


@pytest.fixture
def pointer(lock, workspace):
    return RegisteredPointer([lock], workspace, THRESHOLD)


def renamed(known, label, *aliases):
    card = known.card.model_copy(update={"label": label, "aliases": aliases})
    return RegisteredObject(card, known.crop, known.mask)


@pytest.mark.parametrize("turn", [0, 7, 83, 187, 301])
@pytest.mark.parametrize("centre", [(320, 240), (211.5, 157.2)])
def test_finds_the_registered_point_however_turned(pointer, sight, centre, turn):
    (found,) = pointer.point(sight(centre, turn=turn), "key lock")
    assert found.confidence > 0.8
    assert np.hypot(found.u - centre[0], found.v - centre[1]) < 0.7


@pytest.mark.parametrize(("scale", "light"), [(0.93, 1.0), (1.08, 1.0), (1.0, 0.6), (1.0, 1.15)])
def test_a_little_nearer_farther_darker_or_brighter(pointer, sight, scale, light):
    (found,) = pointer.point(sight((300, 260), scale, 30, light), "key lock")
    assert found.confidence > THRESHOLD
    assert np.hypot(found.u - 300, found.v - 260) < 1.0


def test_an_empty_table_stays_below_the_threshold(pointer, sight):
    (best,) = pointer.point(sight(None), "key lock")
    assert best.confidence < THRESHOLD


def test_a_thing_of_the_same_colours_is_not_taken_for_it(pointer, scene, sight):
    image = scene(None)
    cv2.rectangle(image, (300, 200), (340, 240), (40, 60, 140), -1)
    cv2.rectangle(image, (310, 206), (330, 230), (190, 190, 200), -1)
    (best,) = pointer.point(type(sight(None))(image, sight(None).camera, sight(None).camera_pose), "key lock")
    assert best.confidence < THRESHOLD


def test_the_same_pattern_in_another_colour_is_not_it(pointer, scene, sight):
    seen = sight((320, 240))
    (best,) = pointer.point(type(seen)(seen.image[..., ::-1].copy(), seen.camera, seen.camera_pose), "key lock")
    assert best.confidence < THRESHOLD


def test_an_unknown_query_names_what_is_known(pointer, sight):
    with pytest.raises(LocalizationError, match=r"unknown query 'plug socket'; registered objects: key lock"):
        pointer.point(sight(None), "plug socket")


def test_without_registered_objects_it_says_how_to_register(sight, workspace):
    with pytest.raises(LocalizationError, match="register"):
        RegisteredPointer([], workspace, THRESHOLD).point(sight(None), "key lock")


@pytest.mark.parametrize("query", ["Key Lock", "the key-lock on the table", "keyhole", "silver  keyhole"])
def test_labels_and_aliases_match_within_phrases(pointer, sight, query):
    assert pointer.point(sight((320, 240)), query)[0].label == "key lock"


@pytest.mark.parametrize("query", ["", "lock key", "monkey lock", "keyholes"])
def test_parts_of_words_and_other_orders_do_not_match(pointer, query):
    with pytest.raises(LocalizationError):
        pointer.check(query)


def test_several_named_objects_come_best_first(lock, sight, workspace):
    noise = np.random.default_rng(1).integers(0, 255, lock.crop.shape).astype(np.uint8)
    other = RegisteredObject(
        ObjectCard(label="switch", aliases=("keyhole",), height=0.05, point=(5, 5)), noise, lock.mask
    )
    found = RegisteredPointer([other, lock], workspace, THRESHOLD).point(sight((320, 240)), "keyhole")
    assert [candidate.label for candidate in found] == ["key lock", "switch"]


def test_the_longer_name_counts(lock, sight, workspace):
    """A usb socket is not the plug socket that is called socket for short."""
    objects = [renamed(lock, "plug socket", "socket"), renamed(lock, "usb socket")]
    pointer = RegisteredPointer(objects, workspace, THRESHOLD)
    assert [found.label for found in pointer.point(sight((320, 240)), "the usb socket")] == ["usb socket"]
    assert [found.label for found in pointer.point(sight((320, 240)), "socket")] == ["plug socket"]
