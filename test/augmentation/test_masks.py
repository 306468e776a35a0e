"""Masks on disk: whole, of this recording, and never of a flagged one."""

import json

import numpy as np
import pytest

from vital_ros.augmentation.masks import (
    EpisodeMasks,
    MaskError,
    bag_digest,
    load_masks,
    mask_file,
    read_masks,
    save_masks,
)

STAMPS = np.arange(7) * 33_333_333 + 10**9


@pytest.fixture
def demos(tmp_path, clip, write_demo):
    return write_demo("demo_0", clip)


@pytest.fixture
def made(demos):
    masks = np.random.default_rng(0).random((7, 64, 80)) < 0.5
    made = EpisodeMasks(STAMPS, masks, bag_digest(demos / "demo_0"), "settings")
    save_masks(mask_file(demos, "demo_0"), made)
    return made


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (64, 80)])
def test_they_come_back_to_the_bit(tmp_path, shape):
    masks = np.random.default_rng(1).random((7, *shape)) < 0.5
    path = tmp_path / "masks" / "demo.npz"
    save_masks(path, EpisodeMasks(STAMPS, masks, "bag", "settings"))
    again = read_masks(path)
    np.testing.assert_array_equal(again.masks, masks)
    np.testing.assert_array_equal(again.stamps, STAMPS)
    assert (again.bag, again.settings) == ("bag", "settings")
    assert [file.name for file in path.parent.iterdir()] == ["demo.npz"]


def test_frames_are_found_by_their_stamps_in_any_order(demos, made):
    order = [4, 0, 6, 4]
    got = load_masks(demos, "demo_0", STAMPS[order])
    assert got.dtype == np.uint8 and set(np.unique(got)) == {0, 255}
    np.testing.assert_array_equal(got > 127, made.masks[order])


@pytest.mark.parametrize("stamp", [STAMPS[0] - 1, STAMPS[3] + 1, STAMPS[-1] + 1])
def test_frames_without_a_mask_are_refused(demos, made, stamp):
    with pytest.raises(MaskError, match="has no masks of some frames") as refusal:
        load_masks(demos, "demo_0", np.append(STAMPS, stamp))
    assert not refusal.value.flagged


def test_missing_masks_say_what_makes_them(demos):
    with pytest.raises(MaskError, match=r"demo_0\.npz is missing; \./vital masks --demos .*demos makes it"):
        load_masks(demos, "demo_0", STAMPS)


def test_masks_of_a_recording_that_was_made_anew_are_refused(demos, made):
    bag = next((demos / "demo_0").glob("*.mcap"))
    bag.write_bytes(bag.read_bytes()[:-1])
    with pytest.raises(MaskError, match="of another recording of that name"):
        load_masks(demos, "demo_0", STAMPS)


def test_flagged_masks_are_refused_with_the_reason(demos, made):
    report = {"episodes": {"demo_0": {"flagged": "frame 3: the masks are empty"}, "demo_1": {"flagged": ""}}}
    (demos / "masks" / "report.json").write_text(json.dumps(report))
    with pytest.raises(MaskError, match="frame 3: the masks are empty") as refusal:
        load_masks(demos, "demo_0", STAMPS)
    assert refusal.value.flagged


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 rubbish", b"not a zip"])
def test_a_damaged_file_is_one_line(demos, made, content):
    mask_file(demos, "demo_0").write_bytes(content)
    with pytest.raises(MaskError, match=r"demo_0\.npz is damaged"):
        load_masks(demos, "demo_0", STAMPS)


def test_a_damaged_report_is_one_line(demos, made):
    (demos / "masks" / "report.json").write_text("{")
    with pytest.raises(MaskError, match=r"report\.json is damaged"):
        load_masks(demos, "demo_0", STAMPS)
