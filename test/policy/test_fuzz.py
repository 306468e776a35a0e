"""Damaged weights and cards are refused with a PolicyError, or they load; nothing else, in bounded memory."""

import hashlib
import json
import resource

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load, save

from vital_ros.config import NetworkConfig
from vital_ros.config.residual import ResidualConfig
from vital_ros.observation import ObservationSpec
from vital_ros.policy import ActionSpec, Card, PolicyError, VisuoTactilePolicy, load_checkpoint, save_checkpoint
from vital_ros.policy.actions import ACTION_SIZE
from vital_ros.policy.residual_card import ResidualCard
from vital_ros.policy.residual_network import ResidualActor
from vital_ros.policy.residual_policy import ResidualPolicy

from ..fuzzing import TIMEOUT, fuzzed

pytestmark = pytest.mark.timeout(TIMEOUT)
NETWORK = NetworkConfig(width=8, keypoints=8, layers=1, heads=2)
FEATURES = 16
GROWTH = 200_000
"""kB by which reading weights of some kB may raise the peak of the process's memory."""
SIZES = ("width", "features", "keypoints", "tactile_layers", "layers", "heads", "chunk")
HUGE = st.sampled_from([0, -1, 1, 7, 100, 101, 10**5, 10**6, 10**9, 2**31, 2**63, 10**30, 1.5, None, "9", [], {}])


def card():
    return Card(
        task="key_lock",
        policy="tiny",
        network=NETWORK,
        observation=ObservationSpec(raw_width=40, raw_height=32, image_size=32, tactile_scale=(100.0,) * 15),
        action=ActionSpec(translation_scale=0.01, rotation_scale=0.1),
    )


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    """Path, weights and card of a policy that loads."""
    path = tmp_path_factory.mktemp("fuzz") / "tiny"
    save_checkpoint(path, VisuoTactilePolicy(NETWORK), card())
    load_checkpoint(path)
    weights = path.with_suffix(".safetensors").read_bytes()
    return path, weights, json.loads(path.with_suffix(".json").read_text())


@pytest.fixture(scope="module")
def residual():
    """A residual's file that loads."""
    settings = ResidualConfig(width=8)
    own = ResidualCard(
        task="key_lock", base="tiny", base_sha256="0", config=settings, features=FEATURES,
        bound=(1e-3,) * 7, largest=(1e-2,) * 7,
    )  # fmt: skip
    actor = ResidualActor(FEATURES + ACTION_SIZE, settings.width, settings.actor_layers, False).state_dict()
    return ResidualPolicy(own, {"mean": torch.zeros(FEATURES), "spread": torch.ones(FEATURES), **actor}).to_bytes()


@st.composite
def damaged(draw, content):
    """A few pieces cut out or put in, anywhere."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, min(len(content), 4000)))
        content = content[:at] + draw(st.binary(max_size=12)) + content[at + draw(st.sampled_from([0, 1, 4, 8, 200])) :]
    return content


def refused_or_loaded(read):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        read()
    except PolicyError as caught:
        said = str(caught)
    else:
        said = ""
    assert len(said) < 1000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < GROWTH


@fuzzed(60)
@given(st.data())
def test_damaged_weights_that_their_card_vouches_for(policy, data):
    path, weights, told = policy
    broken = data.draw(damaged(weights))
    path.with_suffix(".safetensors").write_bytes(broken)
    path.with_suffix(".json").write_text(json.dumps({**told, "weights_sha256": hashlib.sha256(broken).hexdigest()}))
    refused_or_loaded(lambda: load_checkpoint(path))


@fuzzed(60)
@given(st.data())
def test_damaged_cards(policy, data):
    path, weights, told = policy
    path.with_suffix(".safetensors").write_bytes(weights)
    path.with_suffix(".json").write_bytes(data.draw(damaged(json.dumps(told).encode())))
    refused_or_loaded(lambda: load_checkpoint(path))


@fuzzed(60)
@given(st.sampled_from(SIZES), HUGE)
def test_cards_that_claim_another_size(policy, key, size):
    path, weights, told = policy
    path.with_suffix(".safetensors").write_bytes(weights)
    path.with_suffix(".json").write_text(json.dumps({**told, "network": {**told["network"], key: size}}))
    refused_or_loaded(lambda: load_checkpoint(path))


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b"{}", b"null", b"\xff", b'{"network": 3}'])
def test_hostile_cards(policy, content):
    path, weights, _ = policy
    path.with_suffix(".safetensors").write_bytes(weights)
    path.with_suffix(".json").write_bytes(content)
    with pytest.raises(PolicyError):
        load_checkpoint(path)


@fuzzed(60)
@given(st.data())
def test_damaged_residuals(residual, data):
    """As they would come over the network."""
    broken = data.draw(damaged(residual))
    refused_or_loaded(lambda: ResidualPolicy.from_bytes(broken))


@fuzzed(60)
@given(st.sampled_from(["width", "actor_layers", "features"]), HUGE)
def test_residuals_that_claim_another_size(residual, key, size):
    told = json.loads(json.loads(residual[8 : 8 + int.from_bytes(residual[:8], "little")])["__metadata__"]["card"])
    if key == "features":
        told[key] = size
    else:
        told["config"][key] = size
    claimed = save(load(residual), {"card": json.dumps(told)})
    refused_or_loaded(lambda: ResidualPolicy.from_bytes(claimed))
