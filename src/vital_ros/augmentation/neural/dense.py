"""Correspondence by the nearest neighbour of a feature that every place of an image has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vital_ros.augmentation.interfaces import Image, Points, Transfer
from vital_ros.augmentation.neural.remembered import Remembered

ROWS = 16
"""Compared at a time, to bound the memory of features at the frame's resolution."""
MUTUAL = 1.5
"""Cells of the feature map within which the way back has to end."""
ONE_WAY = 0.5
"""Of the confidence that is left where it ends elsewhere."""


class DenseCorrespondence(ABC):
    """A `Correspondence`; what makes the features is the subclass's."""

    def __init__(self, threshold: float):
        self.threshold = threshold
        self._described = Remembered(lambda image: self.describe(image).float())

    @abstractmethod
    def describe(self, image: Image) -> Tensor:
        """(C, h, w) over the whole image; the same image, the same features."""

    def transfer(self, reference: Image, points: Points, frame: Image) -> Transfer:
        """Where the cosine to a point's feature is largest; confidence: that cosine, halved when the feature found
        there is not in turn nearest to the point's surroundings."""
        there, here = self._described(reference), self._described(frame)
        places = torch.from_numpy(np.asarray(points, dtype=np.float32)).to(here.device)
        found, cosine = _nearest(_sample(there, places, reference), here, frame)
        back, _ = _nearest(_sample(here, found, frame), there, reference)
        cell = max(reference.shape[0] / there.shape[1], reference.shape[1] / there.shape[2])
        mutual = (back - places).norm(dim=1) <= MUTUAL * cell
        confidence = cosine.clamp(0, 1) * torch.where(mutual, 1.0, ONE_WAY)
        return Transfer(_numpy(found), _numpy(confidence))


def _sample(features: Tensor, places: Tensor, image: Image) -> Tensor:
    """Unit features (n, C) at pixels (n, 2) of the image that they describe, between cells bilinearly."""
    size = places.new_tensor([image.shape[1], image.shape[0]])
    grid = 2 * (places + 0.5) / size - 1
    sampled = F.grid_sample(features[None], grid[None, None], padding_mode="border", align_corners=False)
    return F.normalize(sampled[0, :, 0].T, dim=1)


def _nearest(wanted: Tensor, features: Tensor, image: Image) -> tuple[Tensor, Tensor]:
    """Of unit features (n, C) the most alike pixels (n, 2) of an image, and the cosines (n,)."""
    height, width = image.shape[:2]
    places = wanted.new_zeros(len(wanted), 2)
    best = wanted.new_full((len(wanted),), -1.0)
    columns = torch.arange(width, device=wanted.device, dtype=wanted.dtype)
    for top in range(0, height, ROWS):
        rows = torch.arange(top, min(top + ROWS, height), device=wanted.device, dtype=wanted.dtype)
        pixels = torch.cartesian_prod(rows, columns).flip(1)
        cosine, index = (wanted @ _sample(features, pixels, image).T).max(dim=1)
        better = cosine > best
        best = torch.where(better, cosine, best)
        places = torch.where(better[:, None], pixels[index], places)
    return places, best


def _numpy(tensor: Tensor) -> Points:
    return cast(Points, tensor.double().cpu().numpy())
