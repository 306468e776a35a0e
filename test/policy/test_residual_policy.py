import json

import numpy as np
import pytest
import torch

from vital_ros.config.residual import ResidualConfig
from vital_ros.policy import ActionSpec, PolicyError
from vital_ros.policy.residual_bound import largest_action, residual_bound
from vital_ros.policy.residual_card import ResidualCard
from vital_ros.policy.residual_network import ResidualActor
from vital_ros.policy.residual_policy import ResidualPolicy

FEATURES = 6
SPEC = ActionSpec(translation_scale=0.0105, rotation_scale=0.105, still=(3, 4))


def card(**changes):
    config = ResidualConfig(width=8)
    facts = {
        "task": "key_lock", "base": "vital_bc", "base_sha256": "abc", "config": config, "features": FEATURES,
        "bound": tuple(residual_bound(SPEC, config)), "largest": tuple(largest_action(SPEC)),
    }  # fmt: skip
    return ResidualCard(**{**facts, **changes})


def tensors():
    torch.manual_seed(0)
    actor = ResidualActor(FEATURES + 7, 8, 1, stochastic=False)
    torch.nn.init.normal_(actor.layers.output.weight)
    return {"mean": torch.zeros(FEATURES), "spread": torch.ones(FEATURES), **actor.state_dict()}


def test_the_bound_is_a_share_of_what_was_demonstrated():
    """20 % of 10 mm and of 0.1 rad; axes nobody turned stay still, the gripper is left alone."""
    np.testing.assert_allclose(residual_bound(SPEC, ResidualConfig()), [0.002] * 3 + [0, 0, 0.02, 0])
    only = residual_bound(SPEC, ResidualConfig(dimensions=("x", "z"), offset_scale=0.1))
    np.testing.assert_allclose(only, [0.001, 0, 0.001, 0, 0, 0, 0])
    alone = residual_bound(SPEC, ResidualConfig(base="none", dimensions=("x", "gripper")))
    np.testing.assert_allclose(alone, [0.01, 0, 0, 0, 0, 0, 1])
    ranged = SPEC.model_copy(update={"translation_range": ((-0.002, 0.0, -0.01), (0.001, 0.003, 0.0))})
    np.testing.assert_allclose(residual_bound(ranged, ResidualConfig())[:3], [0.0004, 0.0006, 0.002])


def test_files_hold_the_same_policy(tmp_path):
    policy = ResidualPolicy(card(), tensors())
    saved = policy.save(tmp_path / "vital")
    loaded = ResidualPolicy.load(tmp_path / "vital", "abc")
    z = np.linspace(-1, 1, FEATURES).astype(np.float16)
    assert loaded.card == saved and np.any(policy.act(z, np.ones(7)))
    np.testing.assert_array_equal(loaded.act(z, np.ones(7)), policy.act(z, np.ones(7)))
    np.testing.assert_array_equal(
        ResidualPolicy.from_bytes(policy.to_bytes()).act(z, np.ones(7)), loaded.act(z, np.ones(7))
    )


def test_what_cannot_be_trusted_is_refused(tmp_path):
    ResidualPolicy(card(), tensors()).save(tmp_path / "vital")
    with pytest.raises(PolicyError, match="corrects another vital_bc"):
        ResidualPolicy.load(tmp_path / "vital", "other")
    with pytest.raises(PolicyError, match="no residual at"):
        ResidualPolicy.load(tmp_path / "nothing", "abc")
    file = tmp_path / "vital.safetensors"
    good = file.read_bytes()
    file.write_bytes(good[:-1] + b"x")
    with pytest.raises(PolicyError, match="is damaged"):
        ResidualPolicy.load(tmp_path / "vital", "abc")
    facts = json.loads((tmp_path / "vital.json").read_text())
    (tmp_path / "vital.json").write_text(json.dumps(facts | {"features": "many"}))
    with pytest.raises(PolicyError, match="train the residual again"):
        ResidualPolicy.load(tmp_path / "vital", "abc")
    for data in (b"", good[:100], b"x" * 50, good.replace(b'"card"', b'"cart"')):
        with pytest.raises(PolicyError, match="not a residual's weights"):
            ResidualPolicy.from_bytes(data)
    with pytest.raises(PolicyError, match="do not fit"):
        ResidualPolicy(card(features=5), tensors())
    with pytest.raises(PolicyError, match="do not fit"):
        ResidualPolicy(card(), {key: value for key, value in tensors().items() if key != "spread"})
    with pytest.raises(PolicyError, match="not finite"):
        ResidualPolicy(card(), tensors() | {"mean": torch.full((FEATURES,), torch.nan)})
