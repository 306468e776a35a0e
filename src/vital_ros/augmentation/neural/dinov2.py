"""Correspondence by the patch features of a vision transformer: DINOv2 (Oquab et al. 2023) or any alike."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vital_ros.augmentation.interfaces import Image
from vital_ros.augmentation.neural.dense import DenseCorrespondence
from vital_ros.augmentation.options import Pixels, Share
from vital_ros.config.base import ConfigError
from vital_ros.pretrained.loading import Backend, Device, device_of

BACKEND = Backend("dinov2", "hf", "pass --correspondence-model", "--correspondence sift")
MODEL = "facebook/dinov2-base"


def make(
    model: str | None = None, threshold: Share = 0.55, size: Pixels = 518, device: Device = "auto"
) -> DinoCorrespondence:
    """Load a vision transformer in transformers' format.

    The threshold is a guess: it lies just above what a perfect cosine without a way back gives.

    Args:
        size: px, long side that images are resized to; 518 is what DINOv2 was trained with last.

    Raises:
        MissingExtra: no packages or no weights.
        ConfigError: a network without square patches, or no such device.
    """
    BACKEND.need("transformers")
    from transformers import AutoImageProcessor, AutoModel

    model = model or MODEL
    backbone = BACKEND.network(AutoModel, model).to(device_of(device))
    patch = getattr(backbone.config, "patch_size", None)
    if not isinstance(patch, int):
        raise ConfigError(f"dinov2: {model} is a {backbone.config.model_type}, not a vision transformer with patches")
    processor = BACKEND.part(AutoImageProcessor, model)
    return DinoCorrespondence(backbone, patch, processor.image_mean, processor.image_std, size, threshold)


class DinoCorrespondence(DenseCorrespondence):
    """A `Correspondence`; the network stays loaded."""

    def __init__(self, network: Any, patch: int, mean: list[float], std: list[float], size: int, threshold: float):
        super().__init__(threshold)
        self._network, self._patch, self._size = network, patch, size
        self._mean, self._std = (torch.tensor(values).view(3, 1, 1) for values in (mean, std))
        fixed = "interpolate_pos_encoding" in signature(network.forward).parameters
        self._options = {"interpolate_pos_encoding": True} if fixed else {}

    @torch.inference_mode()
    def describe(self, image: Image) -> Tensor:
        """(C, h, w), one a patch; tokens that stand for no patch come first and are left out."""
        zoom = self._size / max(image.shape[:2])
        rows, columns = (max(1, round(zoom * length / self._patch)) for length in image.shape[:2])
        pixels = (torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255 - self._mean) / self._std
        size = (rows * self._patch, columns * self._patch)
        resized = F.interpolate(pixels[None], size, mode="bilinear", antialias=True)
        tokens = self._network(pixel_values=resized.to(self._network.device), **self._options).last_hidden_state[0]
        described: Tensor = tokens[-rows * columns :].T.reshape(-1, rows, columns)
        return described
