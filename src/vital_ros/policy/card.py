"""A policy's card: `<name>.json` beside its weights. What one must know to use them, and may want to know before."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from vital_ros.config import NetworkConfig
from vital_ros.config.base import Model, Number
from vital_ros.observation import ObservationSpec
from vital_ros.policy.actions import ActionSpec
from vital_ros.policy.errors import PolicyError

EVALUATIONS = "evaluations"


class Card(Model):
    """Fields with a default may be missing on cards of an earlier version."""

    task: str
    policy: str
    network: NetworkConfig
    observation: ObservationSpec
    action: ActionSpec
    ensemble_m: Number = 0.01
    """Of the temporal ensemble's weights."""
    data: dict[str, Any] = {}
    """Episodes, frames, sha256 of the demonstrations, where the masks are from, what was left out."""
    training: dict[str, Any] = {}
    """Preset, augmentation, iterations, losses."""
    measured: dict[str, Any] = {}
    """Success as measured; `evaluations` holds what `record_success` was given."""
    weights_sha256: str = ""
    """Of the safetensors file; set by `save_checkpoint`."""


class Success(Model):
    """How often these weights succeeded."""

    condition: str
    """What was new: a name of config/conditions.yaml."""
    execution: str
    """`newest` or `ensemble`."""
    where: str
    """`in-process`, `graph`, or which robot."""
    episodes: int = Field(gt=0)
    successes: int = Field(ge=0)
    first_seed: int = Field(ge=0)
    details: dict[str, Any] = {}
    """Whatever else was measured."""


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


def save_card(path: str | Path, card: Card) -> None:
    replace(Path(path).with_suffix(".json"), (card.model_dump_json(indent=2) + "\n").encode())


def record_success(path: str | Path, entry: Success | Mapping[str, Any]) -> Card:
    """Write a measured evaluation into a policy's card; an earlier one of the same kind is replaced.

    The same kind: condition, execution, where, and first seed. Training again writes a new card without any.

    Raises:
        PolicyError: the card or the entry is unusable.
    """
    card = load_card(path)
    try:
        success = Success.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        raise PolicyError(f"evaluation: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if success.successes > success.episodes:
        raise PolicyError(f"evaluation: {success.successes} successes of {success.episodes} episodes")
    earlier = [Success.model_validate(other) for other in card.measured.get(EVALUATIONS, [])]
    kept = [other for other in earlier if _kind(other) != _kind(success)]
    entries = [other.model_dump(mode="json") for other in [*kept, success]]
    card = card.model_copy(update={"measured": {**card.measured, EVALUATIONS: entries}})
    save_card(path, card)
    return card


def replace(path: Path, data: bytes) -> None:
    """Write a file so that it is seen whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    os.replace(partial, path)


def _kind(success: Success) -> tuple[str, str, str, int]:
    return success.condition, success.execution, success.where, success.first_seed
