"""Residual weights as they arrive: checked before anything uses them."""

from __future__ import annotations

import hashlib

from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor


def verified(data: bytes, sha256: str) -> dict[str, Tensor]:
    """Tensors of a safetensors file whose checksum is right; nothing is unpickled.

    Raises:
        ValueError: damaged in transit, or no safetensors file.
    """
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError("checksum is wrong")
    try:
        return load(data)
    except SafetensorError:
        raise ValueError("not a safetensors file") from None
