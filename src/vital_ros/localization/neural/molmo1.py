"""Molmo 1 by the Python code that lies beside its weights: transformers never had a class for it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from vital_ros.config.localizer import MolmoConfig
from vital_ros.localization.neural.loading import load

END = "<|endoftext|>"


class Molmo1:
    """The network and its processor; they stay loaded.

    Only for `remote_code`, which names the commit that may run. The code of allenai/Molmo-7B-D-0924 wants
    transformers 4.46 to 4.53, and einops.
    """

    def __init__(self, config: MolmoConfig):
        """Raise ConfigError when packages, weights or their code are not here, or do not work or fit."""
        dtype = getattr(torch, config.dtype)
        kinds = "AutoModelForCausalLM", "AutoProcessor"  # torch_dtype: as transformers called it at their time
        self._network, self._processor = load("molmo", config, *kinds, remote_code=True, torch_dtype=dtype)
        self._config = config

    @torch.inference_mode()
    def answer(self, prompt: str, image: NDArray[np.uint8]) -> str:
        """What the model says about an RGB image (H, W, 3), always the same; cut off after max_tokens or timeout."""
        from transformers import GenerationConfig

        given = self._processor.process(images=[Image.fromarray(image)], text=prompt)
        batch = {name: self._placed(tensor).unsqueeze(0) for name, tensor in given.items()}
        limits = GenerationConfig(
            do_sample=False, max_new_tokens=self._config.max_tokens, max_time=self._config.timeout, stop_strings=END
        )
        tokenizer = self._processor.tokenizer
        words = self._network.generate_from_batch(batch, limits, tokenizer=tokenizer)
        answer: str = tokenizer.decode(words[0, batch["input_ids"].shape[1] :], skip_special_tokens=True)
        return answer

    def _placed(self, tensor: torch.Tensor) -> torch.Tensor:
        dtype = self._network.dtype if tensor.is_floating_point() else tensor.dtype
        return tensor.to(self._network.device, dtype)
