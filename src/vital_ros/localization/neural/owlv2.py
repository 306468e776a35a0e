"""OWLv2 (Minderer et al., Scaling Open-Vocabulary Object Detection, 2023) by transformers."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from vital_ros.config.localizer import OWLv2Config
from vital_ros.localization.neural.detector import Boxes, DetectorPointer
from vital_ros.localization.neural.loading import backend_of, load
from vital_ros.localization.neural.running import BLANK
from vital_ros.localization.pointer import LocalizationError


def make(config: OWLv2Config) -> DetectorPointer:
    """Load what localizer.yaml names; raise ConfigError when it is not here or does not fit."""
    network = OWLv2(config)
    backend_of("owlv2").tried(lambda: network.detect(BLANK, "a table"))
    return DetectorPointer("owlv2", config, network.detect)


class OWLv2:
    """The network and its processor; they stay loaded."""

    def __init__(self, config: OWLv2Config):
        self._network, self._processor = load("owlv2", config, "Owlv2ForObjectDetection", "Owlv2Processor")
        self._longest = self._network.config.text_config.max_position_embeddings

    @torch.inference_mode()
    def detect(self, image: NDArray[np.uint8], text: str) -> tuple[Boxes, NDArray[np.float64]]:
        """See `Detect`; raise LocalizationError for a text that is too long for the network."""
        length = len(self._processor.tokenizer(text, verbose=False)["input_ids"])
        if length > self._longest:
            raise LocalizationError(
                f"'{text}' has {length} tokens, owlv2 understands {self._longest}: describe the object in fewer words"
            )
        given = self._processor(images=image, text=[[text]], return_tensors="pt").to(self._network.device)
        output = self._network(**given)
        # it sees the image in the corner of a square; the processor undoes that
        (found,) = self._processor.post_process_grounded_object_detection(output, 0.0, [image.shape[:2]])
        return found["boxes"].double().cpu().numpy(), found["scores"].double().cpu().numpy()
