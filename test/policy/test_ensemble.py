import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from vital_ros.policy import TemporalEnsemble

chunks = st.integers(1, 23).flatmap(
    lambda n: arrays(np.float64, (n, 10, 7), elements=st.sampled_from([0.0, 0.0, -0.01, 0.02, 0.5]) | st.floats(-1, 1))
)


def filled(sequence):
    ensemble = TemporalEnsemble()
    for chunk in sequence:
        ensemble.add(chunk)
    return ensemble


@given(chunks)
def test_translation_is_the_closed_form(sequence):
    """w_i = exp(-0.01 i), i = 0 the oldest of the last ten; zeros are values like all others (B7)."""
    last = sequence[-10:]
    predictions = [chunk[len(last) - 1 - i, :3] for i, chunk in enumerate(last)]
    weights = np.exp(-0.01 * np.arange(len(last)))
    expected = sum(w * p for w, p in zip(weights, predictions, strict=True)) / weights.sum()
    np.testing.assert_allclose(filled(sequence).action()[:3], expected, atol=1e-12)


@given(chunks)
def test_the_gripper_is_the_newest_predictions(sequence):
    assert filled(sequence).action()[6] == sequence[-1][0, 6]


@given(chunks, chunks)
def test_a_reset_forgets_everything(before, after):
    ensemble = filled(before)
    ensemble.reset()
    for chunk in after:
        ensemble.add(chunk)
    np.testing.assert_array_equal(ensemble.action(), filled(after).action())


def test_an_empty_ensemble_has_no_action():
    with pytest.raises(ValueError, match="no action"):
        TemporalEnsemble().action()


@given(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_rotations_around_half_a_turn_are_averaged_on_the_manifold(a, b):
    """Rotation vectors near pi and -pi are neighbours: their component-wise mean would be no rotation at all (B8)."""
    first, second = np.zeros((10, 7)), np.zeros((10, 7))
    first[1, 3:6] = Rotation.from_rotvec([0, 0, np.pi + a]).as_rotvec()
    second[0, 3:6] = Rotation.from_rotvec([0, 0, np.pi + b]).as_rotvec()
    mean = Rotation.from_rotvec(filled([first, second]).action()[3:6])
    assert (mean.inv() * Rotation.from_rotvec([0, 0, np.pi + (a + b) / 2])).magnitude() < 0.01


def test_the_chunks_given_are_not_kept_by_reference():
    chunk = np.ones((10, 7)) * 0.1
    ensemble = filled([chunk])
    chunk[:] = 9
    np.testing.assert_allclose(ensemble.action(), 0.1)
