"""Tracking of masks by Cutie (Cheng et al. 2024), the successor of XMem, from weights that the user has."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

import torch
from torch import Tensor

from vital_ros.augmentation.interfaces import Image, Mask
from vital_ros.augmentation.neural.video import Side, masks_of, resized, resized_masks, without_imagenet
from vital_ros.pretrained.loading import Backend, Device, device_of

BACKEND = Backend("cutie", "cutie", "pass --tracker-model", "--tracker flow")
INFERENCE = {
    "mem_every": 5,
    "top_k": 30,
    "stagger_updates": 5,
    "use_long_term": True,
    "max_mem_frames": 5,
    "long_term": {
        "count_usage": True,
        "max_mem_frames": 10,
        "min_mem_frames": 5,
        "num_prototypes": 128,
        "max_num_tokens": 10000,
        "buffer_tokens": 2000,
    },
    "max_internal_size": -1,
    "chunk_size": -1,
    "flip_aug": False,
    "save_aux": False,
}
"""The authors' configuration for videos of any kind."""


def make(model: str | None = None, size: Side = 480, device: Device = "auto") -> CutieTracker:
    """Load cutie-base-mega.pth or cutie-small-mega.pth; which of the two the tensors tell.

    Args:
        size: px, shorter side at which frames are looked at.

    Raises:
        MissingExtra: no package, or no such weights.
        ConfigError: no such device.
    """
    BACKEND.need("cutie", "omegaconf")
    from cutie.model.cutie import CUTIE
    from cutie.model.utils import resnet
    from omegaconf import OmegaConf

    warnings.filterwarnings("ignore", "`torch.cuda.amp", FutureWarning)  # its own, once a line
    state = BACKEND.weights(model, "cutie-base-mega.pth")
    networks = resources.files("cutie.config").joinpath("model")
    architecture = OmegaConf.create(networks.joinpath("base.yaml").read_text())
    if _is_small(state, architecture):
        small = OmegaConf.create(networks.joinpath("small.yaml").read_text())
        architecture.pixel_encoder = small.pixel_encoder
    config = OmegaConf.create({"model": architecture, **INFERENCE})
    with without_imagenet(resnet):
        network = CUTIE(config)
    BACKEND.complete(model, set(network.state_dict()) - set(state))
    network.load_weights(state)
    return CutieTracker(network.eval().to(device_of(device)), config, size)


def _is_small(state: dict[str, Tensor], base: Any) -> bool:
    projection = state.get("pix_feat_proj.weight")
    return projection is not None and projection.shape[1] < base.pixel_encoder.ms_dims[0]


class CutieTracker:
    """A `Tracker`; the network stays loaded, each video has a memory of its own."""

    def __init__(self, network: Any, config: Any, size: int):
        self._network, self._config, self._size = network, config, size

    def track(self, frames: Sequence[Image], first: list[Mask]) -> Iterator[list[Mask]]:
        """The first frame's masks are yielded as given."""
        from cutie.inference.inference_core import InferenceCore

        yield list(first)
        memory = InferenceCore(self._network, cfg=self._config)
        self._step(memory, frames[0], resized_masks(first, self._size, self._network.device))
        for frame in frames[1:]:
            yield masks_of(self._step(memory, frame, None), frame.shape)

    @torch.inference_mode()
    def _step(self, memory: Any, frame: Image, masks: Tensor | None) -> Tensor:
        """Probabilities (1 + n, h, w), the background first."""
        pixels = resized(frame, self._size, self._network.device)
        probability: Tensor = memory.step(pixels, masks, idx_mask=False)
        return probability
