"""How a backend gets its packages and weights, and what it says when either is not here."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Literal

import torch

from vital_ros.config.base import ConfigError
from vital_ros.pretrained import torchvision_shim

Device = Literal["auto", "cpu", "cuda"]
BY_THE_WAY = ("pooler.",)
"""Weights that no feature depends on and that checkpoints of other heads lack."""


class MissingExtra(ConfigError):
    """A package or weights that a backend needs are not here; the message names them, and what does without."""


@dataclass(frozen=True)
class Backend:
    """What the errors of one backend name.

    Attributes:
        name: as the user writes it.
        extra: of vital_ros, brings its packages.
        remedy: how other weights are chosen.
        instead: the choice that needs neither packages nor weights.
    """

    name: str
    extra: str
    remedy: str
    instead: str

    def need(self, *packages: str) -> None:
        """Raise MissingExtra for the first package that is not installed; make torchvision importable."""
        for package in packages:
            if find_spec(package) is None:
                raise MissingExtra(
                    f"{self.name} needs {package}: pip install 'vital_ros[{self.extra}]' (docs/installation.md), "
                    f"or use {self.instead}"
                )
        torchvision_shim.prepare()
        if "transformers" in packages:
            from transformers.utils.logging import disable_progress_bar

            disable_progress_bar()  # of reading a file; a download keeps its own

    def part(self, kind: Any, model: str, **options: Any) -> Any:
        """`kind.from_pretrained`, without network where HF_HUB_OFFLINE is set; raise MissingExtra."""
        where = self._located(model)
        try:
            return kind.from_pretrained(where, local_files_only=offline(), **options)
        except Exception as error:  # what a wrong folder makes the libraries raise is listed nowhere
            hint = "; HF_HUB_OFFLINE is set" if offline() and not Path(where).is_dir() else ""
            reason = f"{kind.__name__} cannot be loaded from {model} ({reason_of(error)}){hint}"
            raise self.missing(reason) from None

    def network(self, kind: Any, model: str, **options: Any) -> Any:
        """The same for a model, from safetensors, in evaluation; weights left at random are an error too."""
        made, info = self.part(kind, model, output_loading_info=True, use_safetensors=True, **options)
        self.complete(model, info["missing_keys"])
        return made.eval().requires_grad_(False)

    def placed(self, network: Any, device: torch.device) -> Any:
        """The network on a device; raise MissingExtra where it does not fit."""
        try:
            return network.to(device)
        except RuntimeError as error:
            raise self.missing(f"it cannot be put on {device} ({reason_of(error)})") from None

    def tried(self, work: Callable[[], object]) -> None:
        """Do once what a network is for; raise MissingExtra when it fails, for want of memory for instance."""
        try:
            work()
        except Exception as error:
            raise self.missing(f"it was loaded, but does not work ({reason_of(error)})") from None

    def weights(self, path: str | Path | None, example: str) -> dict[str, torch.Tensor]:
        """Tensors of a .pth file that a user has; raise MissingExtra when it holds, or is, anything else."""
        if path is None or not Path(path).is_file():
            raise self.missing(f"no weights at {path}" if path else f"no weights given, such as {example}")
        try:
            state = torch.load(Path(path), map_location="cpu", weights_only=True)
        except (UnpicklingError, RuntimeError, EOFError, KeyError) as error:
            raise self.missing(f"{path} cannot be loaded as plain tensors ({reason_of(error)})") from None
        if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
            raise self.missing(f"{path} does not hold a network's tensors by name")
        return state

    def complete(self, source: object, missing: Any) -> None:
        """Raise MissingExtra when weights of a network were not in `source`."""
        lacking = sorted(key for key in missing if not key.startswith(BY_THE_WAY))
        if lacking:
            raise self.missing(f"{source} lacks {len(lacking)} of the network's weights, such as {lacking[0]}")

    def missing(self, reason: str) -> MissingExtra:
        return MissingExtra(f"{self.name}: {reason}: {self.remedy}, or use {self.instead}")

    def _located(self, model: str) -> str:
        """A folder's path, or a hub's name; a path that is no folder would be taken for a name."""
        folder = Path(model).expanduser()
        if folder.is_dir():
            return str(folder)
        if model.startswith(("/", ".", "~")) or model.count("/") > 1:
            raise self.missing(f"there is no folder {model}")
        return model


def reason_of(error: BaseException) -> str:
    """One line of what a library raised; of a lack of memory, on whichever device, just that."""
    first = str(error).strip().split("\n")[0]
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in first:
        return "out of memory"
    return first or type(error).__name__


def offline() -> bool:
    """Whether the user forbids downloads, in the hub's own words."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def device_of(device: Device, key: str = "device") -> torch.device:
    """`auto`: a GPU if there is one; raise ConfigError, which names `key`, for one that is not there."""
    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError(f"{key} = cuda: not available here; it should be auto or cpu")
    return torch.device("cuda" if device != "cpu" and torch.cuda.is_available() else "cpu")
