"""Segment Anything 2 from tiny checkpoints: masks from points, and masks through a video."""

import numpy as np
import pytest

from vital_ros.augmentation.backends import make_segmenter, make_tracker

POINTS = np.array([[40.0, 30.0], [60.0, 40.0]])
NONE = np.zeros((0, 2))


@pytest.fixture(scope="module")
def segmenter(sam2):
    return make_segmenter("sam2", str(sam2))


@pytest.fixture(scope="module")
def tracker(sam2_video):
    return make_tracker("sam2_video", str(sam2_video))


def boxes():
    first = np.zeros((96, 128), bool)
    first[20:40, 30:60] = True
    return [first, np.roll(first, 40, axis=1)]


def film(picture, length):
    return [np.roll(picture, index, axis=1) for index in range(length)]


def test_a_mask_of_the_frames_size(segmenter, picture):
    for points in (POINTS[:1], POINTS):
        found = segmenter.segment(picture, points, NONE)
        assert found.mask.shape == picture.shape[:2] and found.mask.dtype == bool
        assert 0 <= found.confidence <= 1
        again = segmenter.segment(picture, points, NONE)
        assert np.array_equal(found.mask, again.mask) and found.confidence == again.confidence


def test_one_point_gets_the_best_of_three(segmenter, picture, monkeypatch):
    asked = []
    network = segmenter._network
    original = network.forward
    monkeypatch.setattr(network, "forward", lambda **given: asked.append(given) or original(**given))
    segmenter.segment(picture, POINTS[:1], NONE)
    segmenter.segment(picture, POINTS[:1], POINTS[1:])
    assert [given["multimask_output"] for given in asked] == [True, False]
    assert asked[1]["input_labels"].flatten().tolist() == [1, 0]
    # 128 px of the network on 128 x 96 of the picture; its pixels' centres are at halves
    np.testing.assert_allclose(asked[1]["input_points"][0, 0, 0], (POINTS[0] + 0.5) * [1, 128 / 96])


def test_negative_points_matter(segmenter, picture):
    with_, without = (segmenter.segment(picture, POINTS[:1], other) for other in (POINTS[1:], NONE))
    assert with_.confidence != without.confidence or not np.array_equal(with_.mask, without.mask)


def test_masks_of_every_frame_the_first_as_given(tracker, picture):
    frames, first = film(picture, 4), boxes()
    masks = list(tracker.track(frames, first))
    assert len(masks) == 4
    assert all(np.array_equal(given, got) for given, got in zip(first, masks[0], strict=True))
    assert all(mask.shape == (96, 128) and mask.dtype == bool for frame in masks for mask in frame)
    again = list(tracker.track(frames, first))
    assert all(np.array_equal(a, b) for x, y in zip(masks, again, strict=True) for a, b in zip(x, y, strict=True))


def test_what_is_forgotten_changes_nothing_and_memory_does_not_grow(tracker, picture, monkeypatch):
    """Against the library's own way through a whole video, longer than the network looks back."""
    frames, first = film(picture, 24), boxes()
    sessions, forget = [], tracker._forget
    monkeypatch.setattr(tracker, "_forget", lambda session, index: sessions.append(session) or forget(session, index))
    masks = list(tracker.track(frames, first))

    processor, network = tracker._processor, tracker._network
    session = processor.init_video_session(video=frames)
    processor.add_inputs_to_inference_session(session, frame_idx=0, obj_ids=[1, 2], input_masks=first)
    network(inference_session=session, frame_idx=0)
    for output in network.propagate_in_video_iterator(session):
        if output.frame_idx > 0:
            own = processor.post_process_masks([output.pred_masks], [(96, 128)])[0][:, 0].numpy()
            agree = np.mean(own == np.stack(masks[output.frame_idx]))
            assert agree > 0.99, output.frame_idx  # pictures and videos are resized by different code
    assert bytes_of(sessions[-1]) < 0.4 * bytes_of(session)


def bytes_of(session):
    kept = [outputs for per_object in session.output_dict_per_obj.values() for outputs in per_object.values()]
    tensors = [value for frames in kept for frame in frames.values() for value in frame.values() if value is not None]
    return sum(tensor.nbytes for tensor in tensors) + sum(
        frame.nbytes for frame in session.processed_frames.values() if frame is not None
    )
