"""Demonstrations in network units: the scales that hold them, and the tensors they become."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from vital_ros.config import PolicyConfig
from vital_ros.learning.dataset import Demonstrations
from vital_ros.learning.episode_samples import Samples
from vital_ros.learning.state import TrainingError
from vital_ros.policy import ActionSpec, Card
from vital_ros.policy.actions import SPARE

SMALLEST = 1e-3, 0.05
"""m and rad per unit, at least: what hardly moves is not blown up to noise."""
NOISE = 0.003
"""rad per step; rotations below it are the servo's, not a demonstrator's."""


@dataclass
class Batch:
    """Samples in network units on the training device; images and alpha are still uint8 (n, H, W[, 3])."""

    images: torch.Tensor
    alpha: torch.Tensor
    touch: torch.Tensor
    chunks: torch.Tensor
    episodes: torch.Tensor

    def rows(self, rows: torch.Tensor) -> Batch:
        return Batch(*(tensor[rows] for tensor in vars(self).values()))


def in_network_units(samples: Samples, card: Card, device: torch.device) -> Batch:
    """Raise ValueError when an action is outside the card's action scale."""
    touch = samples.touch / np.asarray(card.observation.tactile_scale, dtype=np.float32)
    chunks = card.action.normalise(samples.chunks).astype(np.float32)
    arrays = (samples.images, samples.alpha, touch, chunks, samples.episodes)
    return Batch(*(torch.from_numpy(array).to(device) for array in arrays))


def action_spec(samples: Samples, policy: PolicyConfig) -> ActionSpec:
    """Scales that hold every demonstrated action."""
    motions = samples.chunks[..., :6].reshape(-1, 6)
    largest = np.abs(motions).max(axis=0)
    translation = round(max(SPARE * float(largest[:3].max()), SMALLEST[0]), 6)
    rotation = round(max(SPARE * float(largest[3:].max()), SMALLEST[1]), 6)
    span = None
    if policy.normalisation == "unit":
        low, high = motions[:, :3].min(axis=0).astype(float), motions[:, :3].max(axis=0).astype(float)
        high = np.maximum(high, low + SMALLEST[0])
        span = (tuple(low.tolist()), tuple(high.tolist()))
    return ActionSpec(
        frame=policy.action_frame,
        translation_scale=translation,
        rotation_scale=rotation,
        translation_range=span,
        still=tuple(int(axis) for axis in range(3, 6) if largest[axis] < NOISE),
    )


def split(demonstrations: Demonstrations) -> tuple[Samples, Samples]:
    """Training and validation samples; the last sixteenth of the episodes, at least one, is held out.

    Raises:
        TrainingError: fewer than two episodes.
    """
    count = len(demonstrations.names)
    if count < 2:
        raise TrainingError(f"{count} successful episode is too few: training and validation need at least 2")
    first = count - max(1, round(count / 16))
    return demonstrations.samples.of(range(first)), demonstrations.samples.of(range(first, count))
