"""Molmo2 by the class of transformers; of the code that lies beside its weights nothing runs."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from vital_ros.config.localizer import MolmoConfig
from vital_ros.localization.neural.loading import load


class Molmo2:
    """The network and its processor; they stay loaded."""

    def __init__(self, config: MolmoConfig):
        """Raise ConfigError when packages or weights are not here, or do not fit on the device."""
        kinds = "Molmo2ForConditionalGeneration", "Molmo2Processor"
        self._network, self._processor = load("molmo", config, *kinds, dtype=getattr(torch, config.dtype))
        self._config = config

    @torch.inference_mode()
    def answer(self, prompt: str, image: NDArray[np.uint8]) -> str:
        """What the model says about an RGB image (H, W, 3), always the same; cut off after max_tokens or timeout."""
        picture, question = {"type": "image", "image": Image.fromarray(image)}, {"type": "text", "text": prompt}
        given = self._processor.apply_chat_template(
            [{"role": "user", "content": [picture, question]}],
            tokenize=True, add_generation_prompt=True, return_dict=True, return_tensors="pt",
        ).to(self._network.device, self._network.dtype)  # fmt: skip
        words = self._network.generate(
            **given, do_sample=False, max_new_tokens=self._config.max_tokens, max_time=self._config.timeout
        )
        answer: str = self._processor.decode(words[0, given["input_ids"].shape[1] :], skip_special_tokens=True)
        return answer
