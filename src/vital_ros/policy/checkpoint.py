"""A trained policy on disk: `<name>.safetensors` with the weights and `<name>.json`, its card. Nothing is unpickled."""

from __future__ import annotations

import hashlib
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save

from vital_ros.policy.card import Card, load_card, replace, save_card
from vital_ros.policy.errors import PolicyError
from vital_ros.policy.fitting import fits
from vital_ros.policy.network import VisuoTactilePolicy

__all__ = ["Card", "load_card", "load_checkpoint", "replace", "save_checkpoint"]


def save_checkpoint(path: str | Path, network: VisuoTactilePolicy, card: Card) -> Card:
    """Write both files, each replaced atomically; returns the card with the weights' hash.

    The weights are stored in half precision, which halves the file; the network computes in single precision.
    """
    weights = Path(path).with_suffix(".safetensors")
    weights.parent.mkdir(parents=True, exist_ok=True)
    data = save({key: value.half().contiguous() for key, value in network.state_dict().items()})
    card = card.model_copy(update={"weights_sha256": hashlib.sha256(data).hexdigest()})
    replace(weights, data)
    save_card(path, card)
    return card


def load_checkpoint(path: str | Path) -> tuple[VisuoTactilePolicy, Card]:
    """The network, in evaluation mode, and its card.

    Raises:
        PolicyError: a file is missing or damaged, or the two do not belong together.
    """
    card = load_card(path)
    file = Path(path).with_suffix(".safetensors")
    try:
        data = file.read_bytes()
    except OSError:
        raise PolicyError(f"{file} is missing; train the policy again or restore the file") from None
    if hashlib.sha256(data).hexdigest() != card.weights_sha256:
        raise PolicyError(f"{file} is damaged or not the one its card describes; train again or restore both files")
    unfit = PolicyError(f"{file} does not fit the network its card describes; train the policy again")
    try:
        tensors = load(data)
    except SafetensorError:
        raise unfit from None

    def make() -> VisuoTactilePolicy:
        return VisuoTactilePolicy(card.network, card.observation.tactile_values)

    if not fits(make, tensors):
        raise unfit
    network = make()
    network.load_state_dict(tensors)
    return network.eval(), card
