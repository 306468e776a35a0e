"""Grounding DINO (Liu et al., Marrying DINO with Grounded Pre-Training, 2023) by transformers."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from vital_ros.config.localizer import GroundingDINOConfig
from vital_ros.localization.neural.detector import Boxes, DetectorPointer
from vital_ros.localization.neural.loading import backend_of, load
from vital_ros.localization.neural.running import BLANK
from vital_ros.localization.pointer import LocalizationError


def make(config: GroundingDINOConfig) -> DetectorPointer:
    """Load what localizer.yaml names; raise ConfigError when it is not here or does not fit."""
    network = GroundingDINO(config)
    backend_of("grounding_dino").tried(lambda: network.detect(BLANK, "a table"))
    return DetectorPointer("grounding_dino", config, network.detect)


class GroundingDINO:
    """The network and its processor; they stay loaded."""

    def __init__(self, config: GroundingDINOConfig):
        kinds = "GroundingDinoForObjectDetection", "GroundingDinoProcessor"
        self._network, self._processor = load("grounding_dino", config, *kinds)
        self._longest = self._network.config.max_text_len

    @torch.inference_mode()
    def detect(self, image: NDArray[np.uint8], text: str) -> tuple[Boxes, NDArray[np.float64]]:
        """See `Detect`; raise LocalizationError for a text that is too long for the network.

        A full stop ends a phrase, and a box belongs to any of the phrases; so only the last one is left in the text.
        """
        phrase = " ".join(text.lower().replace(".", " ").split()) + "."
        given = self._processor(images=image, text=phrase, return_tensors="pt").to(self._network.device)
        length = given["input_ids"].shape[1]
        if length > self._longest:
            raise LocalizationError(
                f"a query of {length} tokens: grounding_dino understands {self._longest}; describe the object in "
                "fewer words"
            )
        output = self._network(**given)
        (found,) = self._processor.post_process_grounded_object_detection(
            output, given["input_ids"], threshold=0.0, target_sizes=[image.shape[:2]]
        )
        return found["boxes"].double().cpu().numpy(), found["scores"].double().cpu().numpy()
