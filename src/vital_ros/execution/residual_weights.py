"""Residual weights as they arrive: checked before anything uses them."""

from __future__ import annotations

import hashlib
import math

from vital_ros.policy import Card, PolicyError
from vital_ros.policy.correction import Correction
from vital_ros.policy.residual_policy import ResidualPolicy


def residual_of(data: bytes, sha256: str, base: Card, version: int, share: float, exploration: float) -> Correction:
    """A residual that may act beside a base policy.

    Args:
        data: a safetensors file with its card; nothing is unpickled.

    Raises:
        ValueError: damaged in transit, not finite, of another shape, or trained on another base policy.
    """
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError("checksum is wrong")
    if not (0 <= share <= 1 and math.isfinite(exploration) and 0 <= exploration <= 1):
        raise ValueError(f"share {share} and exploration {exploration} should be between 0 and 1")
    try:
        residual = ResidualPolicy.from_bytes(data)
    except PolicyError as error:
        raise ValueError(str(error)) from None
    card = residual.card
    if card.base_sha256 != base.weights_sha256:
        raise ValueError(f"they correct another {card.base}")
    features = base.network.feature_size * (2 if base.network.tactile else 1)
    if card.features != features:
        raise ValueError(f"they are for {card.features} features, not {features}")
    return Correction(residual, version, share, exploration)
