"""A trained residual as it acts, and on disk: `<name>.safetensors` and its card, `<name>.json`. No pickle."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from vital_ros.policy.actions import ACTION_SIZE
from vital_ros.policy.card import read_card, replace, save_card
from vital_ros.policy.errors import PolicyError
from vital_ros.policy.fitting import fits
from vital_ros.policy.residual_card import ResidualCard
from vital_ros.policy.residual_network import ResidualActor


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
        none = torch.empty(0)
        self._mean, self._spread = parts.pop("mean", none), parts.pop("spread", none)

        def make() -> ResidualActor:
            return ResidualActor(card.features + ACTION_SIZE, config.width, config.actor_layers, self._stochastic)

        if {self._mean.shape, self._spread.shape} != {(card.features,)} or not fits(make, parts):
            raise PolicyError("residual weights do not fit the network their card describes")
        self.actor = make()
        self.actor.load_state_dict(parts)
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
        except (SafetensorError, ValidationError, ValueError, KeyError, RecursionError):
            raise PolicyError("not a residual's weights") from None
        return cls(card, tensors)

    def save(self, path: Path) -> ResidualCard:
        """Both files, each replaced atomically; returns the card with the weights' hash."""
        data = self.to_bytes()
        card = self.card.model_copy(update={"weights_sha256": hashlib.sha256(data).hexdigest()})
        replace(path.with_suffix(".safetensors"), data)
        save_card(path, card)
        return card

    @classmethod
    def load(cls, path: Path, base_sha256: str) -> ResidualPolicy:
        """From its files, for a base policy with these weights.

        Raises:
            PolicyError: files are missing or damaged, do not belong together, or were trained on another base.
        """
        card = read_card(path, ResidualCard)
        try:
            data = path.with_suffix(".safetensors").read_bytes()
        except OSError as error:
            raise PolicyError(f"no residual at {path}: {error.filename} ({error.strerror})") from None
        if hashlib.sha256(data).hexdigest() != card.weights_sha256:
            raise PolicyError(f"{path}.safetensors is damaged or not the one its card describes")
        if card.base_sha256 != base_sha256:
            raise PolicyError(f"{path} corrects another {card.base}: train it again on this one")
        policy = cls.from_bytes(data)
        policy.card = card
        return policy
