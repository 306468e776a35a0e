"""A trained policy on disk: `<name>.safetensors` with the weights and `<name>.json`, its card. Nothing is unpickled."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save

from vital_ros.config import NetworkConfig
from vital_ros.config.base import Model
from vital_ros.observation import ObservationSpec
from vital_ros.policy.actions import ActionSpec
from vital_ros.policy.errors import PolicyError
from vital_ros.policy.network import VisuoTactilePolicy


class Card(Model):
    """What one must know to use the weights, and may want to know before."""

    task: str
    policy: str
    network: NetworkConfig
    observation: ObservationSpec
    action: ActionSpec
    data: dict[str, Any] = {}
    """Episodes, frames, sha256 of the demonstrations."""
    training: dict[str, Any] = {}
    """Preset, iterations, losses."""
    measured: dict[str, Any] = {}
    """Success as measured, with the number of trials and the seeds."""
    weights_sha256: str = ""
    """Of the safetensors file; set by `save_checkpoint`."""


def save_checkpoint(path: str | Path, network: VisuoTactilePolicy, card: Card) -> Card:
    """Write both files, each replaced atomically; returns the card with the weights' hash.

    The weights are stored in half precision, which halves the file; the network computes in single precision.
    """
    weights = Path(path).with_suffix(".safetensors")
    weights.parent.mkdir(parents=True, exist_ok=True)
    data = save({key: value.half().contiguous() for key, value in network.state_dict().items()})
    card = card.model_copy(update={"weights_sha256": hashlib.sha256(data).hexdigest()})
    replace(weights, data)
    replace(weights.with_suffix(".json"), (card.model_dump_json(indent=2) + "\n").encode())
    return card


def load_card(path: str | Path) -> Card:
    """Raise PolicyError when there is no such policy or its card is unusable."""
    file = Path(path).with_suffix(".json")
    try:
        return Card.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except OSError:
        raise PolicyError(f"no policy at {file.with_suffix('')}: train one with ./vital train bc --task …") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PolicyError(f"{file}: {where}: {first['msg']}; train the policy again") from None
    except ValueError:
        raise PolicyError(f"{file} is damaged (not JSON); train the policy again or restore the file") from None


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
    network = VisuoTactilePolicy(card.network, card.observation.tactile_values)
    try:
        network.load_state_dict(load(data))
    except (SafetensorError, RuntimeError):
        raise PolicyError(f"{file} does not fit the network its card describes; train the policy again") from None
    return network.eval(), card


def replace(path: Path, data: bytes) -> None:
    """Write a file so that it is seen whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    os.replace(partial, path)
