"""Molmo (Deitke et al. 2024) and its successor Molmo2 in this process."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vital_ros.config.localizer import MolmoConfig
from vital_ros.localization.asking import prompt_of
from vital_ros.localization.model_pointer import ModelPointer
from vital_ros.localization.neural.loading import backend_of
from vital_ros.localization.neural.molmo1 import Molmo1
from vital_ros.localization.neural.molmo2 import Molmo2
from vital_ros.localization.neural.running import BLANK, Running


class Network(Protocol):
    """Loaded, and the whole of its answers."""

    def answer(self, prompt: str, image: NDArray[np.uint8]) -> str: ...


def make(config: MolmoConfig) -> ModelPointer:
    """Load what localizer.yaml names; raise ConfigError when it is not here or does not fit."""
    network: Network = Molmo1(config) if config.remote_code else Molmo2(config)
    backend_of("molmo").tried(lambda: network.answer(prompt_of(config, "table"), BLANK))
    return ModelPointer(Molmo(network, config.timeout), config)


class Molmo:
    """A `VisionLanguageModel`."""

    def __init__(self, network: Network, limit: float):
        """`limit`: s for one question."""
        self._network, self._running = network, Running("molmo", limit)

    def ask(self, prompt: str, image: NDArray[np.uint8]) -> str:
        return self._running.result_of(lambda: self._network.answer(prompt, image))
