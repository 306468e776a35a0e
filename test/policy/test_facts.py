from vital_ros.config import share_directory
from vital_ros.policy import default_policy, load_card
from vital_ros.policy.facts import policy_facts, policy_path


def test_an_episode_can_tell_what_its_policy_saw():
    facts = policy_facts("key_lock", "vital_bc", "newest")
    card = load_card(share_directory("models") / "key_lock" / "vital_bc")
    assert (facts["name"], facts["execution"], facts["weights_sha256"]) == ("vital_bc", "newest", card.weights_sha256)
    assert type(card.observation).model_validate(facts["observation"]) == card.observation
    assert type(card.action).model_validate(facts["action"]) == card.action


def test_a_file_is_taken_as_given(tmp_path):
    assert policy_path("key_lock", f"{tmp_path}/mine.safetensors") == tmp_path / "mine.safetensors"


def test_without_a_name_it_is_the_best_and_as_it_was_trained():
    facts = policy_facts("key_lock", "", "")
    assert facts["name"] == default_policy(share_directory("models") / "key_lock")
    assert facts["execution"] in ("newest", "ensemble")


def test_nobody_knows(tmp_path):
    assert policy_facts("key_lock", f"{tmp_path}/missing.safetensors", "newest") is None
