"""Tracking of masks by XMem (Cheng and Schwing 2022), from a checkout and weights that the user has.

XMem is no package: its repository (hkchengrex/XMem) is cloned, and XMem.pth, from its releases, put into its folder
saves/ as its own instructions say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vital_ros.augmentation.interfaces import Image, Mask
from vital_ros.augmentation.neural.checkout import import_from
from vital_ros.augmentation.neural.video import Side, masks_of, resized, resized_masks, without_imagenet
from vital_ros.pretrained.loading import Backend, Device, device_of

BACKEND = Backend("xmem", "xmem", "pass --tracker-model", "--tracker flow")
WEIGHTS = "saves/XMem.pth"
MODULES = ("model.resnet", "model.network", "inference.inference_core")
INFERENCE = {
    "mem_every": 5,
    "deep_update_every": -1,
    "top_k": 30,
    "enable_long_term": True,
    "enable_long_term_count_usage": True,
    "max_mid_term_frames": 10,
    "min_mid_term_frames": 5,
    "max_long_term_elements": 10000,
    "num_prototypes": 128,
}
"""The authors' own, and those of the VITAL release."""
MEAN, STANDARD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def make(
    model: str | None = None, weights: str | None = None, size: Side = 480, device: Device = "auto"
) -> XMemTracker:
    """Load XMem.

    Args:
        model: folder of the checkout.
        weights: .pth file (default: saves/XMem.pth in the checkout).
        size: px, shorter side at which frames are looked at.

    Raises:
        MissingExtra: no checkout or no weights.
        ConfigError: no such device.
    """
    root = Path(model or "").expanduser().resolve()
    if model is None or not (root / "model/network.py").is_file():
        where = f"{model} is no checkout" if model else "no checkout given"
        raise BACKEND.missing(f"{where} of hkchengrex/XMem with its weights in {WEIGHTS}")
    try:
        resnet, network, inference = import_from(root, MODULES)
    except ImportError as error:
        raise BACKEND.missing(f"the checkout {root} cannot be imported ({error})") from None
    source = weights or str(root / WEIGHTS)
    state = BACKEND.weights(source, "XMem.pth")
    config = INFERENCE | _dimensions(source, state)
    with without_imagenet(resnet), redirect_stdout(StringIO()):
        xmem = network.XMem(dict(config))
    BACKEND.complete(source, set(xmem.state_dict()) - set(state))
    xmem.load_weights(state, init_as_zero_if_needed=True)
    place = device_of(device)
    return XMemTracker(xmem.eval().to(place), inference.InferenceCore, config, size, place)


def _dimensions(source: str, state: dict[str, Tensor]) -> dict[str, int]:
    """Widths of the network, as XMem itself reads them from its weights."""
    shown = {
        "key_dim": "key_proj.key_proj.weight",
        "value_dim": "value_encoder.fuser.block2.conv2.weight",
        "hidden_dim": "decoder.hidden_update.transform.weight",
    }
    BACKEND.complete(source, set(list(shown.values())[:2]) - set(state))
    widths = {name: state[key].shape[0] if key in state else 0 for name, key in shown.items()}
    return widths | {"hidden_dim": widths["hidden_dim"] // 3}  # a gated unit has three of them


class XMemTracker:
    """A `Tracker`; the network stays loaded, each video has a memory of its own."""

    def __init__(self, network: Any, core: Any, config: dict[str, Any], size: int, device: torch.device):
        self._network, self._core, self._config = network, core, config
        self._size, self._device = size, device
        self._mean, self._std = (torch.tensor(values, device=device).view(3, 1, 1) for values in (MEAN, STANDARD))

    def track(self, frames: Sequence[Image], first: list[Mask]) -> Iterator[list[Mask]]:
        """The first frame's masks are yielded as given."""
        yield list(first)
        memory = self._core(self._network, config=dict(self._config))
        memory.set_all_labels(list(range(1, len(first) + 1)))
        self._step(memory, frames[0], resized_masks(first, self._size, self._device))
        for frame in frames[1:]:
            yield masks_of(self._step(memory, frame, None), frame.shape)

    @torch.inference_mode()
    def _step(self, memory: Any, frame: Image, masks: Tensor | None) -> Tensor:
        """Probabilities (1 + n, h, w), the background first."""
        pixels = (resized(frame, self._size, self._device) - self._mean) / self._std
        labels = None if masks is None else list(range(1, len(masks) + 1))
        probability: Tensor = memory.step(pixels, masks, labels)
        return probability
