import hashlib

import numpy as np
import pytest
import torch

from vital_ros.config import NetworkConfig
from vital_ros.config.residual import ResidualConfig
from vital_ros.execution.residual_weights import residual_of
from vital_ros.observation import ObservationSpec
from vital_ros.policy import ActionSpec, Card
from vital_ros.policy.residual_card import ResidualCard
from vital_ros.policy.residual_network import ResidualActor
from vital_ros.policy.residual_policy import ResidualPolicy

NETWORK = NetworkConfig(width=32, keypoints=8, layers=1, heads=2)
SPEC = ObservationSpec(raw_width=160, raw_height=128, tactile_scale=(100.0,) * 15)
ACTION = ActionSpec(translation_scale=0.01, rotation_scale=0.1)
BASE = Card(task="t", policy="tiny", network=NETWORK, observation=SPEC, action=ACTION, weights_sha256="base")


def weights(features=64, base="base", value=0.0):
    actor = ResidualActor(features + 7, 8, 1, stochastic=False)
    torch.nn.init.constant_(actor.layers.output.bias, value)
    card = ResidualCard(
        task="t", base="tiny", base_sha256=base, config=ResidualConfig(width=8), features=features,
        bound=(0.002,) * 7, largest=(0.01,) * 7,
    )  # fmt: skip
    tensors = {"mean": torch.zeros(features), "spread": torch.ones(features), **actor.state_dict()}
    policy = ResidualPolicy(card, tensors)
    return policy.to_bytes()


def take(data, sha256=None, share=1.0, exploration=0.0):
    return residual_of(data, sha256 or hashlib.sha256(data).hexdigest(), BASE, 4, share, exploration)


def test_sound_weights_act_within_their_share():
    correction = take(weights(value=100.0), share=0.5)
    features = np.zeros(32, np.float32), np.zeros(32, np.float32)
    np.testing.assert_allclose(correction.of(features, np.zeros(7)), [0.001] * 7)
    assert correction.version == 4


@pytest.mark.parametrize(
    ("data", "changes", "complaint"),
    [
        (weights()[:-1] + b"x", {"sha256": hashlib.sha256(weights()).hexdigest()}, "checksum is wrong"),
        (b"\x80\x04pickle", {}, "not a residual's weights"),
        (weights(base="other"), {}, "they correct another tiny"),
        (weights(features=32), {}, "they are for 32 features, not 64"),
        (weights(), {"share": 1.5}, "share 1.5 and exploration 0.0 should be between 0 and 1"),
        (weights(), {"exploration": float("nan")}, "should be between 0 and 1"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(data, changes, complaint):
    with pytest.raises(ValueError, match=complaint):
        take(data, **changes)


def test_weights_that_are_no_numbers_are_refused():
    data = bytearray(weights())
    data[-4:] = np.float32(np.nan).tobytes()
    with pytest.raises(ValueError, match="not finite"):
        take(bytes(data))
