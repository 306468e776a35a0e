"""The readout helps the features and leaves no trace in the policy."""

import torch

from vital_ros.config import NetworkConfig
from vital_ros.learning.readout import Supervised
from vital_ros.policy import VisuoTactilePolicy

SMALL = NetworkConfig(width=16, keypoints=8, layers=1, heads=2, dropout=0.0, chunk=3)


def supervised(tactile=True):
    torch.manual_seed(0)
    return Supervised(VisuoTactilePolicy(SMALL.model_copy(update={"tactile": tactile}), 15))


def inputs(count=4):
    return torch.rand(count, 3, 32, 32), torch.rand(count, 15)


def test_both_predictions_are_chunks_with_and_without_touch():
    for tactile in (True, False):
        chunks, readout = supervised(tactile)(*inputs())
        assert chunks.shape == readout.shape == (4, 3, 7)


def test_the_policys_own_prediction_does_not_depend_on_the_readout():
    model, given = supervised(), inputs()
    before, _ = model(*given)
    with torch.no_grad():
        model.readout.weight.mul_(100)
    after, _ = model(*given)
    torch.testing.assert_close(before, after, rtol=0, atol=0)
    assert not any("readout" in name for name in model.policy.state_dict())


def test_its_loss_reaches_the_encoders_but_not_the_transformer():
    model = supervised()
    _, readout = model(*inputs())
    readout.square().sum().backward()
    assert model.policy.image_encoder.projection.weight.grad.abs().sum() > 0
    assert model.policy.tactile_encoder[0].weight.grad.abs().sum() > 0
    assert all(p.grad is None or not p.grad.any() for p in model.policy.transformer.parameters())
