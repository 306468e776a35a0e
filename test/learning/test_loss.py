"""Both losses against their closed forms."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import truncnorm

from vital_ros.learning.loss import SQUARED_ERRORS, axis_weights, chunk_loss, truncated_normal_nll

inside = st.floats(-1, 1, width=32)
ONES = torch.ones(())


@given(inside, inside)
def test_the_likelihood_is_that_of_a_truncated_normal_and_finite(mean, target):
    """B6: also at the ends, where the release's is infinite."""
    loss = truncated_normal_nll(torch.tensor(mean), torch.tensor(target)).item()
    expected = -truncnorm.logpdf(target, (-1 - mean) / 0.1, (1 - mean) / 0.1, loc=mean, scale=0.1)
    assert loss == pytest.approx(expected, abs=1e-3, rel=1e-4)


def test_away_from_the_ends_it_is_a_scaled_squared_error():
    predicted, target = torch.tensor([[0.1, -0.2], [0.3, 0.0]]), torch.tensor([[0.0, -0.1], [0.2, 0.2]])
    best = chunk_loss("nll", target, target, ONES)
    excess = SQUARED_ERRORS["nll"] * chunk_loss("mse", predicted, target, ONES)
    torch.testing.assert_close(chunk_loss("nll", predicted, target, ONES) - best, excess)


def test_its_gradient_points_at_the_target_and_is_finite():
    mean = torch.tensor([-1.0, 1.0, 0.5], requires_grad=True)
    truncated_normal_nll(mean, torch.tensor([1.0, -1.0, 0.5])).sum().backward()
    assert torch.all(torch.isfinite(mean.grad))
    assert mean.grad[0] < 0 < mean.grad[1]
    assert abs(mean.grad[2]) < 1e-3


def test_axes_that_move_little_weigh_more_up_to_a_limit():
    chunks = torch.zeros(10, 4, 7)
    chunks[..., 0], chunks[..., 1], chunks[..., 2], chunks[..., 6] = 0.5, 0.001, 1.0, -1.0
    assert axis_weights(chunks, 5.0).tolist() == [4.0, 5.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    assert axis_weights(chunks, 1.0).tolist() == [1.0] * 7
    weighted = chunk_loss("mse", chunks, torch.zeros_like(chunks), axis_weights(chunks, 5.0))
    assert weighted == pytest.approx((4 * 0.25 + 5 * 1e-6 + 1 + 1) / 7)
