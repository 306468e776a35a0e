import pytest
import torch

from vital_ros.config import NetworkConfig, TrainingPreset
from vital_ros.learning.optimizer import learning_rate, make_optimizer
from vital_ros.learning.readout import Supervised
from vital_ros.policy import VisuoTactilePolicy

PRESET = TrainingPreset(iterations=102, batch_size=4, learning_rate=1e-3, schedule="cosine", warmup=2)


def test_learning_rate_schedule():
    rates = [learning_rate(PRESET, i) for i in range(102)]
    assert rates[0] == pytest.approx(0.5e-3)
    assert max(rates) == rates[1] == pytest.approx(1e-3)
    assert rates[52] == pytest.approx(0.5e-3)
    assert rates[-1] < 1e-6
    assert learning_rate(PRESET.model_copy(update={"schedule": "constant"}), 5) == 1e-3


@pytest.mark.parametrize(
    ("name", "decayed"), [("adam", set()), ("adamw", {"image", "tactile"}), ("mixed", {"tactile"})]
)
def test_who_decays(name, decayed):
    policy = VisuoTactilePolicy(NetworkConfig(width=32, keypoints=8, layers=1, heads=2))
    optimizer = make_optimizer(Supervised(policy), PRESET.model_copy(update={"optimizer": name, "weight_decay": 0.5}))
    decay = {id(p): group["weight_decay"] for group in optimizer.param_groups for p in group["params"]}
    assert len(decay) == len(list(Supervised(policy).parameters()))
    for part in ("image", "tactile"):
        module = policy.get_submodule(f"{part}_encoder")
        assert {decay[id(p)] for p in module.parameters()} == {0.5 if part in decayed else 0.0}


def test_without_decay_it_is_adam():
    start = torch.randn(50)
    results = []
    for make in (lambda p: make_optimizer(p, PRESET), lambda p: torch.optim.Adam(p.parameters(), lr=1e-3)):
        module = torch.nn.Linear(50, 1)
        module.weight.data[:] = start
        optimizer = make(module)
        for _ in range(5):
            module.weight.grad, module.bias.grad = module.weight.detach().sin(), torch.ones(1)
            optimizer.step()
        results.append(module.weight.detach().clone())
    torch.testing.assert_close(*results)
