"""One observation pipeline: crop, size, channel order, baseline, scale."""

import numpy as np
import pytest

from vital_ros.observation import ObservationSpec, baseline_of, preprocess_image, preprocess_mask, preprocess_tactile
from vital_ros.observation import tactile_scale as scale_of


def spec(**changes):
    return ObservationSpec(**({"raw_width": 160, "raw_height": 128, "tactile_scale": (100.0,) * 15} | changes))


def frame(width=160, height=128):
    return np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)


def test_crops_the_right_fifth_and_nothing_else():
    raw = frame()
    np.testing.assert_array_equal(preprocess_image(raw, spec()), raw[:, :128])


def test_bgr_is_the_reverse_of_rgb():
    raw = frame()
    rgb, bgr = preprocess_image(raw, spec()), preprocess_image(raw, spec(channel_order="bgr"))
    np.testing.assert_array_equal(bgr, rgb[..., ::-1])


def test_larger_frames_are_resized_after_the_crop():
    raw = np.zeros((480, 640, 3), np.uint8)
    raw[:, 512:] = 255  # only in the part that is cut
    out = preprocess_image(raw, spec(raw_width=640, raw_height=480))
    assert out.shape == (128, 128, 3)
    assert out.max() == 0


def test_mask_keeps_its_two_values():
    raw = (frame(640, 480)[..., 0] > 127).astype(np.uint8) * 255
    out = preprocess_mask(raw, spec(raw_width=640, raw_height=480))
    assert set(np.unique(out)) == {0, 255}


def test_refuses_another_frame_size():
    with pytest.raises(ValueError, match=r"\(120, 160, 3\).*\(128, 160, 3\)"):
        preprocess_image(frame(160, 120), spec())


def test_tactile_subtracts_baseline_and_scales_the_right_pad():
    reading, baseline = np.arange(30.0), np.ones(30)
    out = preprocess_tactile(reading, baseline, spec(sensor=1))
    np.testing.assert_allclose(out, (np.arange(15.0, 30.0) - 1) / 100.0, rtol=1e-6)


@pytest.mark.parametrize("reading", [np.zeros(14), np.full(15, np.nan)])
def test_refuses_short_or_non_finite_readings(reading):
    with pytest.raises(ValueError, match="tactile"):
        preprocess_tactile(reading, np.zeros(15), spec())


def test_baseline_ignores_one_outlier():
    readings = np.ones((5, 15))
    readings[2] = 1e4
    np.testing.assert_array_equal(baseline_of(readings), np.ones(15))


def test_scale_is_shared_over_chips_and_xy_and_floored():
    rng = np.random.default_rng(1)
    readings = rng.normal(0, 1, (2000, 15))
    readings[:, 3] *= 200  # x of the second chip
    scale = scale_of(readings).reshape(5, 3)
    assert (scale == scale[0]).all()
    assert scale[0, 0] == scale[0, 1] == pytest.approx(600, rel=0.1)
    assert scale[0, 2] == 100


@pytest.mark.parametrize("size", [128, 64])
def test_the_view_mask_keeps_the_release_s_window(size):
    seen = preprocess_image(np.full((128, 160, 3), 9, np.uint8), spec(view_mask=True, image_size=size))
    rows, columns = np.nonzero(seen[..., 0])
    scale = size / 128
    assert (rows.min(), rows.max() + 1) == (26 * scale, size)
    assert (columns.min(), columns.max() + 1) == (42 * scale, 106 * scale)


def test_differences_name_what_differs_but_not_what_is_the_policys_own():
    assert spec().differences(spec(tactile_scale=(50.0,) * 15, view_mask=True)) == []
    other = spec(crop_right=0.1, channel_order="bgr")
    assert spec().differences(other) == ["crop_right 0.2 != 0.1", "channel_order rgb != bgr"]
