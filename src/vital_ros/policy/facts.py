"""Which policy acted in an episode: what its metadata says, so that what was recorded can be understood later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vital_ros.config import share_directory
from vital_ros.policy.card import load_card
from vital_ros.policy.errors import PolicyError


def policy_path(task: str, name: str) -> Path:
    """Of a policy in models/<task>, or the path of a .safetensors file as it was given."""
    return Path(name) if name.endswith(".safetensors") else share_directory("models") / task / name


def policy_facts(task: str, name: str, execution: str) -> dict[str, Any] | None:
    """JSON-serialisable; the contracts are needed to tell which reading gave what the network saw.

    None where no policy acts, or it has no usable card.
    """
    if not name:
        return None
    try:
        card = load_card(policy_path(task, name))
    except PolicyError:
        return None
    return {
        "name": name,
        "execution": execution,
        "weights_sha256": card.weights_sha256,
        "observation": card.observation.model_dump(mode="json"),
        "action": card.action.model_dump(mode="json"),
    }
