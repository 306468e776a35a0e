"""One way to a policy, whatever kind it is."""

import numpy as np
import pytest
import torch

from vital_ros.config import NetworkConfig
from vital_ros.config.residual import ResidualConfig
from vital_ros.observation import ObservationSpec
from vital_ros.policy import (
    ActionSpec,
    Card,
    LocalPolicy,
    PolicyError,
    VisuoTactilePolicy,
    default_policy,
    load_any_card,
    load_policy,
    record_success,
    save_checkpoint,
)
from vital_ros.policy.card import save_card
from vital_ros.policy.residual_card import ResidualCard
from vital_ros.policy.residual_network import ResidualActor
from vital_ros.policy.residual_policy import ResidualPolicy

NETWORK = NetworkConfig(width=32, keypoints=8, layers=1, heads=2)
SPEC = ObservationSpec(raw_width=160, raw_height=128, tactile_scale=(100.0,) * 15)
SEEN = np.zeros((128, 160, 3), np.uint8), np.zeros((1, 5, 3)), np.zeros((1, 5, 3))


@pytest.fixture
def models(tmp_path):
    """A base and, on top of its ensemble, a residual that adds 1 mm along x."""
    torch.manual_seed(0)
    action = ActionSpec(translation_scale=0.01, rotation_scale=0.1)
    card = Card(task="t", policy="vital_bc", network=NETWORK, observation=SPEC, action=action)
    save_checkpoint(tmp_path / "vital_bc", VisuoTactilePolicy(NETWORK), card)
    add_residual(tmp_path)
    return tmp_path


def add_residual(folder, **config):
    actor = ResidualActor(64 + 7, 8, 1, stochastic=False)
    torch.nn.init.constant_(actor.layers.output.bias, np.arctanh(0.5))
    card = ResidualCard(
        task="t", base="vital_bc", base_sha256=load_any_card(folder / "vital_bc").weights_sha256, features=64,
        config=ResidualConfig(width=8, **config), bound=(0.002, 0, 0, 0, 0, 0, 0), largest=(0.01,) * 7,
    )  # fmt: skip
    ResidualPolicy(card, {"mean": torch.zeros(64), "spread": torch.ones(64), **actor.state_dict()}).save(
        folder / "vital"
    )


def test_a_residual_brings_its_base_and_its_execution(models):
    policy, base = load_policy(models / "vital"), LocalPolicy.load(models / "vital_bc", "ensemble")
    assert (policy.execution, load_policy(models / "vital_bc").execution) == ("ensemble", "newest")
    step, alone = policy.act(*SEEN), base.act(*SEEN)
    np.testing.assert_array_equal(step.base_action, alone.base_action)
    np.testing.assert_allclose(step.residual_action, [0.001, 0, 0, 0, 0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(step.action - alone.action, step.residual_action)
    policy.correction = None
    np.testing.assert_array_equal(policy.act(*SEEN).residual_action, np.zeros(7))


def test_a_cloned_policy_is_executed_as_its_card_says(models):
    save_card(models / "vital_bc", load_any_card(models / "vital_bc").model_copy(update={"execution": "ensemble"}))
    assert load_policy(models / "vital_bc").execution == "ensemble"
    assert load_policy(models / "vital_bc", "newest").execution == "newest"


def test_what_would_be_another_policy_is_refused(models):
    with pytest.raises(PolicyError, match="corrects the ensemble action; execution 'newest' would be another policy"):
        load_policy(models / "vital", "newest")
    add_residual(models, base="none")
    with pytest.raises(PolicyError, match="without a base policy"):
        load_policy(models / "vital")
    (models / "vital.json").write_text("[]")
    with pytest.raises(PolicyError, match=r"vital\.json"):
        load_any_card(models / "vital")


def test_the_best_policy_is_the_default(models, tmp_path):
    assert default_policy(models) == "vital"
    (models / "vital.json").unlink()
    assert default_policy(models) == "vital_bc"


def test_a_residuals_card_takes_its_success(models):
    entry = {"condition": "scene", "execution": "ensemble", "where": "in-process", "episodes": 3, "successes": 2}
    card = record_success(models / "vital", entry | {"first_seed": 100_000})
    assert load_any_card(models / "vital") == card and card.measured["evaluations"][0]["successes"] == 2
    assert load_policy(models / "vital").correction is not None
