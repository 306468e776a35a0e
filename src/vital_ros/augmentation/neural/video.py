"""What Cutie and XMem have in common: the size of frames, ImageNet weights that nobody needs, masks from classes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Annotated, Any

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from vital_ros.augmentation.interfaces import Image, Mask

Side = Annotated[int, Field(ge=128)]
"""px, shorter side: a place is 16 px, and the memory is asked for its 30 most alike places."""


def resized(image: Image, side: int, device: torch.device) -> Tensor:
    """(3, h, w), 0 .. 1, with `side` px on the shorter side: their networks see a sixteenth of the size."""
    pixels = torch.from_numpy(np.array(image)).to(device).permute(2, 0, 1)[None].float() / 255
    return F.interpolate(pixels, _size(image.shape, side), mode="bilinear", antialias=True)[0].clamp(0, 1)


def resized_masks(masks: list[Mask], side: int, device: torch.device) -> Tensor:
    """(n, h, w), 0 or 1, as `resized`; what several objects claim is the first one's."""
    stacked = torch.from_numpy(np.stack(masks)).to(device)
    single = stacked & (stacked.cumsum(dim=0) == 1)
    return F.interpolate(single[None].float(), _size(masks[0].shape, side), mode="nearest")[0]


def masks_of(probability: Tensor, shape: tuple[int, ...]) -> list[Mask]:
    """Of (1 + n, h, w), the background first, the n masks at `shape`; every pixel to the likeliest."""
    whole = F.interpolate(probability[None].float(), shape[:2], mode="bilinear", align_corners=False)[0]
    owner = whole.argmax(dim=0).cpu().numpy()
    return [np.asarray(owner == number) for number in range(1, len(probability))]


@contextmanager
def without_imagenet(resnet: Any) -> Iterator[None]:
    """Build networks of theirs without the ImageNet weights that their module `resnet` would download first: the
    checkpoint replaces every one of them."""
    kept = resnet.model_zoo, resnet.load_weights_add_extra_dim
    resnet.model_zoo = SimpleNamespace(load_url=lambda *_, **__: {})
    resnet.load_weights_add_extra_dim = lambda *_, **__: None
    try:
        yield
    finally:
        resnet.model_zoo, resnet.load_weights_add_extra_dim = kept


def _size(shape: tuple[int, ...], side: int) -> list[int]:
    zoom = side / min(shape[:2])
    return [round(zoom * length) for length in shape[:2]]
