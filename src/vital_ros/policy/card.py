"""A policy's card: `<name>.json` beside its weights. What one must know to use them, and may want to know before."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from vital_ros.config import NetworkConfig
from vital_ros.config.base import Model, Number
from vital_ros.observation import ObservationSpec
from vital_ros.policy.actions import ActionSpec
from vital_ros.policy.errors import PolicyError

AnyCard = TypeVar("AnyCard", bound=Model)


class Card(Model):
    """Fields with a default may be missing on cards of an earlier version."""

    task: str
    policy: str
    network: NetworkConfig
    observation: ObservationSpec
    action: ActionSpec
    execution: Literal["ensemble", "newest"] = "newest"
    """How its chunks become actions unless something else is asked for: what did better on development seeds."""
    ensemble_m: Number = 0.01
    """Of the temporal ensemble's weights."""
    data: dict[str, Any] = {}
    """Episodes, frames, sha256 of the demonstrations, where the masks are from, what was left out."""
    training: dict[str, Any] = {}
    """Preset, augmentation, iterations, losses."""
    measured: dict[str, Any] = {}
    """`evaluations` holds what was given to `record_success` (policy/success.py)."""
    weights_sha256: str = ""
    """Of the safetensors file; set by `save_checkpoint`."""


def load_card(path: str | Path) -> Card:
    """Raise PolicyError when there is no such policy or its card is unusable."""
    return read_card(path, Card)


def read_card(path: str | Path, kind: type[AnyCard]) -> AnyCard:
    """Of a kind of policy; raise PolicyError as `load_card` does."""
    file = Path(path).with_suffix(".json")
    try:
        return kind.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except OSError:
        raise PolicyError(f"no policy at {file.with_suffix('')}: train one with ./vital train bc --task …") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PolicyError(f"{file}: {where}: {first['msg']}; train the policy again") from None
    except (ValueError, RecursionError):
        raise PolicyError(f"{file} is damaged (not JSON); train the policy again or restore the file") from None


def save_card(path: str | Path, card: Model) -> None:
    replace(Path(path).with_suffix(".json"), (card.model_dump_json(indent=2) + "\n").encode())


def replace(path: Path, data: bytes) -> None:
    """Write a file so that it is seen whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    os.replace(partial, path)
