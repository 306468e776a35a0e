"""A trained residual as it acts, and on disk: `<name>.safetensors` and its card, `<name>.json`. No pickle."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from vital_ros.config.base import Model, Number
from vital_ros.config.residual import ResidualConfig
from vital_ros.policy.actions import ACTION_SIZE
from vital_ros.policy.card import replace
from vital_ros.policy.errors import PolicyError
from vital_ros.policy.residual_network import ResidualActor

PerDimension = tuple[Number, Number, Number, Number, Number, Number, Number]


class ResidualCard(Model):
    """What one must know to use a residual."""

    task: str
    policy: str = "vital"
    base: str
    """Name of the policy that is corrected; `base_sha256` is of its weights, and no others will do."""
    base_sha256: str
    config: ResidualConfig
    features: int = Field(gt=0)
    """Of image and touch together."""
    bound: PerDimension
    """Largest residual, m, rad, opening; 0: unchanged."""
    largest: PerDimension
    """Largest demonstrated action, in whose unit the actor sees the base action."""
    training: dict[str, Any] = {}
    """Steps, episodes, seconds, seed."""
    measured: dict[str, Any] = {}
    weights_sha256: str = ""


class ResidualPolicy:
    """Frozen features and a base action to what is added to it.

    Args:
        tensors: of the actor, and `mean` and `spread` of the features.

    Raises:
        PolicyError: tensors that do not fit the card or are not finite.
    """

    def __init__(self, card: ResidualCard, tensors: dict[str, Tensor]):
        self.card = card
        config, parts = card.config, dict(tensors)
        self._bound, self._largest = np.array(card.bound), np.array(card.largest)
        self._stochastic = config.algorithm == "sac"
        self.actor = ResidualActor(card.features + ACTION_SIZE, config.width, config.actor_layers, self._stochastic)
        try:
            self._mean, self._spread = parts.pop("mean"), parts.pop("spread")
            self.actor.load_state_dict(parts)
            if self._mean.shape != (card.features,) or self._spread.shape != (card.features,):
                raise ValueError
        except (KeyError, RuntimeError, ValueError):
            raise PolicyError("residual weights do not fit the network their card describes") from None
        if not all(tensor.isfinite().all() for tensor in tensors.values()) or not (self._spread > 0).all():
            raise PolicyError("residual weights are not finite")
        self.actor.eval().requires_grad_(False)

    @torch.inference_mode()
    def act(
        self,
        z: NDArray[np.float16],
        a_base: ArrayLike,
        share: float = 1.0,
        std: float = 0.0,
        rng: np.random.Generator | None = None,
    ) -> NDArray[np.float64]:
        """The residual, (7,), physical, within its bound.

        Args:
            z: features of image and touch, (features,), in the replay's precision.
            a_base: (7,), physical.
            share: of the bound.
            std: of exploration, in units of the bound (DDPG), or whether to draw (SAC); 0: deterministic.
            rng: draws the noise; needed where std is not 0.
        """
        base = np.divide(a_base, self._largest, where=self._largest > 0, out=np.zeros(ACTION_SIZE))
        features = (torch.from_numpy(z).float() - self._mean) / self._spread
        state = torch.cat([features, torch.from_numpy(base).float()])[None]
        if std and rng is not None:
            noise = rng.standard_normal(ACTION_SIZE)
            if self._stochastic:
                mean, spread = (part[0].numpy() for part in self.actor.distribution(state))
                action = np.tanh(mean + spread * noise)
            else:
                action = (self.actor(state)[0].numpy() + std * noise).clip(-1, 1)
        else:
            action = self.actor(state)[0].numpy()
        return np.asarray(share * self._bound * action, dtype=np.float64)

    def to_bytes(self) -> bytes:
        """Card and weights as one safetensors file."""
        tensors = {"mean": self._mean, "spread": self._spread, **self.actor.state_dict()}
        return save({key: value.contiguous() for key, value in tensors.items()}, {"card": self.card.model_dump_json()})

    @classmethod
    def from_bytes(cls, data: bytes) -> ResidualPolicy:
        """Raise PolicyError."""
        try:
            tensors = load(data)
            header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
            card = ResidualCard.model_validate_json(header["__metadata__"]["card"])
        except (SafetensorError, ValidationError, ValueError, KeyError):
            raise PolicyError("not a residual's weights") from None
        return cls(card, tensors)

    def save(self, path: Path) -> ResidualCard:
        """Both files, each replaced atomically; returns the card with the weights' hash."""
        data = self.to_bytes()
        card = self.card.model_copy(update={"weights_sha256": hashlib.sha256(data).hexdigest()})
        replace(path.with_suffix(".safetensors"), data)
        replace(path.with_suffix(".json"), (card.model_dump_json(indent=2) + "\n").encode())
        return card

    @classmethod
    def load(cls, path: Path, base_sha256: str) -> ResidualPolicy:
        """From its files, for a base policy with these weights.

        Raises:
            PolicyError: files are missing or damaged, do not belong together, or were trained on another base.
        """
        try:
            card = ResidualCard.model_validate_json(path.with_suffix(".json").read_bytes())
            data = path.with_suffix(".safetensors").read_bytes()
        except OSError as error:
            raise PolicyError(f"no residual at {path}: {error.filename} ({error.strerror})") from None
        except ValidationError as error:
            raise PolicyError(f"{path}.json: {error.errors()[0]['msg']}; train the residual again") from None
        if hashlib.sha256(data).hexdigest() != card.weights_sha256:
            raise PolicyError(f"{path}.safetensors is damaged or not the one its card describes")
        if card.base_sha256 != base_sha256:
            raise PolicyError(f"{path} corrects another {card.base}: train it again on this one")
        policy = cls.from_bytes(data)
        policy.card = card
        return policy
