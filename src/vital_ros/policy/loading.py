"""A policy by its files, whatever kind it is: a cloned one, or a residual together with the policy it corrects."""

from __future__ import annotations

import json
from pathlib import Path

from vital_ros.observation import ObservationSpec
from vital_ros.policy.card import Card, load_card, read_card
from vital_ros.policy.correction import Correction
from vital_ros.policy.errors import PolicyError
from vital_ros.policy.local_policy import Execution, LocalPolicy
from vital_ros.policy.residual_card import ResidualCard
from vital_ros.policy.residual_policy import ResidualPolicy


def load_any_card(path: str | Path) -> Card | ResidualCard:
    """Raise PolicyError as `load_card` does."""
    file = Path(path).with_suffix(".json")
    try:
        residual = "base_sha256" in json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return load_card(path)  # which says what is wrong
    return read_card(path, ResidualCard) if residual else load_card(path)


def own_execution(card: Card | ResidualCard) -> Execution:
    """How the chunks become actions unless something else is asked for: for a residual, as it was trained.

    Raises:
        PolicyError: a residual that was trained without a base policy.
    """
    if isinstance(card, Card):
        return card.execution
    if card.config.base == "none":
        raise PolicyError(f"{card.policy} was trained without a base policy (RLPD); it acts in its training only")
    return card.config.base


def load_policy(
    path: str | Path, execution: Execution | None = None, expected: ObservationSpec | None = None
) -> LocalPolicy:
    """A policy as it acts; a residual's base lies beside it.

    Args:
        execution: None: the policy's own.
        expected: observation contract of the machine it shall run on.

    Raises:
        PolicyError: files are missing, damaged, do not belong together, or are of another contract or execution.
    """
    card = load_any_card(path)
    own = own_execution(card)
    if isinstance(card, Card):
        return LocalPolicy.load(path, execution or own, expected)
    if execution not in (None, own):
        raise PolicyError(f"{path} corrects the {own} action; execution '{execution}' would be another policy")
    policy = LocalPolicy.load(Path(path).with_name(card.base), own, expected)
    policy.correction = Correction(ResidualPolicy.load(Path(path), policy.card.weights_sha256))
    return policy


def default_policy(folder: Path) -> str:
    """Name of the best policy of a task's folder: with a residual, where there is one."""
    return "vital" if (folder / "vital.json").is_file() else "vital_bc"
