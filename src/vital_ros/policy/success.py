"""How often a policy succeeded, as it stands in its card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from vital_ros.config.base import Model
from vital_ros.policy.card import Card, save_card
from vital_ros.policy.errors import PolicyError
from vital_ros.policy.loading import load_any_card
from vital_ros.policy.residual_card import ResidualCard

EVALUATIONS = "evaluations"


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


def record_success(path: str | Path, entry: Success | Mapping[str, Any]) -> Card | ResidualCard:
    """Write a measured evaluation into a policy's card; an earlier one of the same kind is replaced.

    The same kind: condition, execution, where, and first seed. Training again writes a new card without any.

    Raises:
        PolicyError: the card or the entry is unusable.
    """
    card = load_any_card(path)
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


def _kind(success: Success) -> tuple[str, str, str, int]:
    return success.condition, success.execution, success.where, success.first_seed
