"""A trained policy as it acts: the same object in the executor node and in in-process evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from vital_ros.observation import ObservationSpec, preprocess_image, preprocess_tactile
from vital_ros.policy.actions import ACTION_SIZE
from vital_ros.policy.checkpoint import Card, load_checkpoint
from vital_ros.policy.correction import Correction
from vital_ros.policy.ensemble import TemporalEnsemble
from vital_ros.policy.errors import PolicyError
from vital_ros.policy.network import VisuoTactilePolicy

Execution = Literal["ensemble", "newest"]


class PolicyStep(NamedTuple):
    """One tick: what the network saw and said."""

    image: NDArray[np.uint8]
    """(size, size, 3), channels as the observation contract says."""
    tactile: NDArray[np.float32]
    """(values,), baseline subtracted, scaled."""
    chunk: NDArray[np.float64]
    """(chunk, 7), physical, before ensembling."""
    base_action: NDArray[np.float64]
    """(7,), physical, of the base policy alone."""
    features: tuple[NDArray[np.float32], ...] = ()
    """z of the image and, unless vision-only, of the touch, (feature size,) each."""
    residual_action: NDArray[np.float64] = np.zeros(ACTION_SIZE)
    """(7,), physical, zeros where no residual acts."""
    version: int = 0
    """Of the residual that acted, 0: none, or one from a file."""

    @property
    def action(self) -> NDArray[np.float64]:
        """(7,), physical, what to execute."""
        return self.base_action + self.residual_action


class LocalPolicy:
    """Observation to action, with the episode's ensemble as its only state.

    Attributes:
        card: the checkpoint's card.
        network: the network, frozen, in evaluation mode.
        correction: the residual, None: the base policy acts alone. May be exchanged by another thread at any time.
    """

    def __init__(self, network: VisuoTactilePolicy, card: Card, execution: Execution = "ensemble"):
        self.network = network.eval().requires_grad_(False)
        self.card = card
        self.execution = execution
        self.correction: Correction | None = None
        self._ensemble = TemporalEnsemble(card.network.chunk, card.ensemble_m)

    @classmethod
    def load(
        cls, path: str | Path, execution: Execution = "ensemble", expected: ObservationSpec | None = None
    ) -> LocalPolicy:
        """From a checkpoint; `expected` is the observation contract of the machine it shall run on.

        Raises:
            PolicyError: the checkpoint is unusable, or was trained for other observations.
        """
        network, card = load_checkpoint(path)
        if expected is not None and (differences := card.observation.differences(expected)):
            raise PolicyError(
                f"{path} was trained for other observations ({'; '.join(differences)}): "
                "correct the configuration or train again"
            )
        return cls(network, card, execution)

    def warm_up(self) -> None:
        """Run the network twice on blank input, so that the first tick is as fast as all others."""
        spec = self.card.observation
        image = np.zeros((spec.image_size, spec.image_size, 3), np.uint8)
        for _ in range(2):
            self._chunk(image, np.zeros(spec.tactile_values, np.float32))

    def reset(self) -> None:
        """Start an episode."""
        self._ensemble.reset()

    def act(self, raw_rgb: NDArray[np.uint8], field: ArrayLike, baseline: ArrayLike) -> PolicyStep:
        """One tick.

        Args:
            raw_rgb: wrist frame as the camera gave it.
            field: tactile reading of all pads, uT.
            baseline: the same at rest, uT.

        Raises:
            PolicyError: the network's output is not finite.
            ValueError: an observation has another shape than the contract's.
        """
        spec = self.card.observation
        image = preprocess_image(raw_rgb, spec)
        tactile = preprocess_tactile(field, baseline, spec)
        features, chunk = self._chunk(image, tactile)
        if not np.all(np.isfinite(chunk)):
            raise PolicyError(f"policy {self.card.policy} of {self.card.task} gave a non-finite action")
        self._ensemble.add(chunk)
        base_action = self._ensemble.action() if self.execution == "ensemble" else chunk[0].copy()
        if (correction := self.correction) is None:
            return PolicyStep(image, tactile, chunk, base_action, features)
        residual_action = correction.of(features, base_action)
        return PolicyStep(image, tactile, chunk, base_action, features, residual_action, correction.version)

    @torch.inference_mode()
    def features(self, image: NDArray[np.uint8], tactile: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """z of what `PolicyStep` holds, as in `PolicyStep.features`. Raise RuntimeError for other shapes."""
        return tuple(z[0].numpy() for z in self._encode(image, tactile))

    def _encode(self, image: NDArray[np.uint8], tactile: NDArray[np.float32]) -> list[Tensor]:
        pixels = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
        return self.network.encode(pixels, torch.from_numpy(tactile)[None])

    @torch.inference_mode()
    def _chunk(
        self, image: NDArray[np.uint8], tactile: NDArray[np.float32]
    ) -> tuple[tuple[NDArray[np.float32], ...], NDArray[np.float64]]:
        features = self._encode(image, tactile)
        chunk = self.card.action.denormalise(self.network.act(features)[0].numpy())
        return tuple(z[0].numpy() for z in features), chunk
