"""Which policy acted in an episode: what its metadata says, so that what was recorded can be understood later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vital_ros.config import share_directory
from vital_ros.policy.card import Card, load_card
from vital_ros.policy.errors import PolicyError
from vital_ros.policy.loading import default_policy, load_any_card


def policy_path(task: str, name: str) -> Path:
    """Of a policy in models/<task>, empty: the best; or the path of a .safetensors file as it was given."""
    folder = share_directory("models") / task
    return Path(name) if name.endswith(".safetensors") else folder / (name or default_policy(folder))


def contracts(path: Path) -> Card:
    """The card that holds the contracts: a residual's are those of the policy it corrects. Raise PolicyError."""
    card = load_any_card(path)
    return card if isinstance(card, Card) else load_card(path.with_name(card.base))


def policy_facts(task: str, name: str, execution: str) -> dict[str, Any] | None:
    """JSON-serialisable; the contracts are needed to tell which reading gave what the network saw.

    Args:
        name, execution: as the policy_executor is told.

    None where the policy has no usable card.
    """
    path = policy_path(task, name)
    try:
        card, contract = load_any_card(path), contracts(path)
    except PolicyError:
        return None
    trained = "newest" if isinstance(card, Card) else card.config.base
    return {
        "name": name or path.name,
        "execution": execution or trained,
        "weights_sha256": card.weights_sha256,
        "observation": contract.observation.model_dump(mode="json"),
        "action": contract.action.model_dump(mode="json"),
    }
