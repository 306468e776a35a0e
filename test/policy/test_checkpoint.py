import json

import numpy as np
import pytest
import torch

from vital_ros.config import NetworkConfig, load_config, share_directory
from vital_ros.observation import ObservationSpec
from vital_ros.policy import (
    ActionSpec,
    Card,
    LocalPolicy,
    PolicyError,
    TemporalEnsemble,
    VisuoTactilePolicy,
    load_card,
    load_checkpoint,
    load_policy,
    record_success,
    save_checkpoint,
)
from vital_ros.policy.contract import observation_contract

SMALL = NetworkConfig(width=32, keypoints=8, layers=1, heads=2)
SPEC = ObservationSpec(raw_width=40, raw_height=32, image_size=32, tactile_scale=(100.0,) * 15)


@pytest.fixture
def path(tmp_path):
    torch.manual_seed(0)
    card = Card(
        task="key_lock",
        policy="tiny",
        network=SMALL,
        observation=SPEC,
        action=ActionSpec(translation_scale=0.01, rotation_scale=0.1),
        data={"episodes": 3},
    )
    save_checkpoint(tmp_path / "key_lock" / "tiny", VisuoTactilePolicy(SMALL), card)
    return tmp_path / "key_lock" / "tiny"


def frame(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (32, 40, 3), dtype=np.uint8)


def test_round_trip(path):
    network, card = load_checkpoint(path)
    again = path.parent / "again"
    assert save_checkpoint(again, network, card) == card
    assert again.with_suffix(".safetensors").read_bytes() == path.with_suffix(".safetensors").read_bytes()
    assert card.data == {"episodes": 3}
    assert not network.training


def test_act(path):
    newest, smooth = LocalPolicy.load(path, "newest"), LocalPolicy.load(path, "ensemble")
    newest.warm_up()
    ensemble = TemporalEnsemble()
    for seed in range(12):
        step = newest.act(frame(seed), np.full(30, 50.0), np.full(30, 30.0))
        np.testing.assert_allclose(step.tactile, 0.2, rtol=1e-6)
        assert step.image.shape == (32, 32, 3)
        assert step.chunk.shape == (10, 7)
        assert np.all(np.abs(step.chunk[:, :3]) <= 0.01)
        np.testing.assert_array_equal(step.base_action, step.chunk[0])
        ensemble.add(step.chunk)
        np.testing.assert_allclose(
            smooth.act(frame(seed), np.full(30, 50.0), np.full(30, 30.0)).base_action, ensemble.action()
        )
    smooth.reset()
    step = smooth.act(frame(1), np.zeros(30), np.zeros(30))
    np.testing.assert_allclose(step.base_action, step.chunk[0], atol=1e-12)


def test_a_network_that_says_nan_is_an_error(path):
    policy = LocalPolicy.load(path)
    with torch.no_grad():
        policy.network.action_token.fill_(torch.nan)
    with pytest.raises(PolicyError, match="tiny of key_lock gave a non-finite action"):
        policy.act(frame(), np.zeros(30), np.zeros(30))


def test_missing_and_damaged_files_get_one_line(path):
    card, weights = path.with_suffix(".json"), path.with_suffix(".safetensors")
    with pytest.raises(PolicyError, match="no policy at .*nothing: train one with ./vital train bc"):
        load_checkpoint(path.parent / "nothing")
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-5])
    with pytest.raises(PolicyError, match="tiny.safetensors is damaged or not the one"):
        load_checkpoint(path)
    weights.unlink()
    with pytest.raises(PolicyError, match="tiny.safetensors is missing"):
        load_checkpoint(path)
    weights.write_bytes(whole)
    text = card.read_text()
    card.write_text(text.replace('"layers": 1', '"layers": 2'))
    with pytest.raises(PolicyError, match="does not fit the network"):
        load_checkpoint(path)
    card.write_text(text.replace('"translation_scale": 0.01', '"translation_scale": -1'))
    with pytest.raises(PolicyError, match="action.translation_scale"):
        load_checkpoint(path)
    card.write_text(text[:50])
    with pytest.raises(PolicyError, match="not JSON"):
        load_checkpoint(path)


def test_nothing_is_unpickled(path):
    data = path.with_suffix(".safetensors").read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert set(header) >= {"action_token", "image_encoder.trunk.0.weight"}


def test_weights_for_other_observations_are_refused(path):
    LocalPolicy.load(path, expected=SPEC)
    with pytest.raises(PolicyError, match=r"other observations \(crop_right 0.2 != 0.1\): correct"):
        LocalPolicy.load(path, expected=SPEC.model_copy(update={"crop_right": 0.1}))
    with pytest.raises(PolicyError, match="raw_width 40 != 160"):
        LocalPolicy.load(path, expected=observation_contract(load_config()))


ENTRY = {
    "condition": "scene",
    "execution": "newest",
    "where": "in-process",
    "episodes": 30,
    "successes": 20,
    "first_seed": 100000,
    "details": {"lateral_mm": {"median": 0.3, "p90": 0.8}},
}


def test_measured_success_is_kept_on_the_card_and_replaced_by_a_newer_measurement(path):
    record_success(path, ENTRY)
    record_success(path, ENTRY | {"execution": "ensemble", "successes": 10})
    card = record_success(path, ENTRY | {"successes": 21})
    assert card == load_card(path)
    kept = card.measured["evaluations"]
    assert [(e["execution"], e["successes"]) for e in kept] == [("ensemble", 10), ("newest", 21)]
    assert kept[1]["details"] == ENTRY["details"]
    LocalPolicy.load(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"successes": 31}, "evaluation: 31 successes of 30 episodes"),
        ({"episodes": 0}, "evaluation: episodes: "),
        ({"sucesses": 3}, "evaluation: sucesses: "),
    ],
)
def test_an_impossible_measurement_is_refused(path, changes, message):
    with pytest.raises(PolicyError, match=message):
        record_success(path, ENTRY | changes)
    assert load_card(path).measured == {}


def test_a_card_from_before_the_switches(path):
    card = json.loads(path.with_suffix(".json").read_text())
    new = [("network", ["encoder", "features", "tactile_layers", "tactile_activation", "start"])]
    new += [("observation", ["view_mask"]), ("action", ["translation_range", "still"])]
    for part, fields in new:
        for field in fields:
            del card[part][field]
    del card["ensemble_m"]
    path.with_suffix(".json").write_text(json.dumps(card))
    assert load_checkpoint(path)[1] == LocalPolicy.load(path).card


def test_the_shipped_policies_load():
    for card in sorted((share_directory("models")).glob("*/*.json")):
        policy = load_policy(card)
        assert sum(p.numel() for p in policy.network.parameters()) == 7_599_494
        assert (policy.correction is not None) == (card.stem == "vital")
