"""Features of an episode's frames before other backgrounds, made once: the encoder is frozen, so they stay as they are.

A view shows the whole episode before one background: what an observation and its successor differ in is what happened.
"""

from __future__ import annotations

import zlib

import numpy as np
import torch
from numpy.typing import NDArray

from vital_ros.config.policy import AugmentationConfig
from vital_ros.learning.augment import Augmentation
from vital_ros.learning.background_pool import draw_pool
from vital_ros.learning.precision import arithmetic
from vital_ros.policy import LocalPolicy


class Views:
    """Makes them with a policy's image encoder, before backgrounds of the training's sources.

    Attributes:
        spec: the observation contract, the view not masked: what alpha is made by.
    """

    def __init__(self, policy: LocalPolicy, config: AugmentationConfig, count: int, seed: int):
        spec = policy.card.observation
        self._encoder, self._count = policy.network.image_encoder, count
        self._reduced = arithmetic("bf16") == torch.bfloat16
        self.spec = spec.model_copy(update={"view_mask": False})
        pool = torch.from_numpy(draw_pool(None, spec.image_size, seed))
        self._augment = Augmentation(config, pool, spec.view_mask)

    @property
    def wanted(self) -> bool:
        """Whether there is any but the frames as they were."""
        return self._count > 1

    @torch.inference_mode()
    def encode(
        self,
        plain: NDArray[np.float32],
        images: list[NDArray[np.uint8]],
        alpha: NDArray[np.uint8] | None,
        name: str,
    ) -> NDArray[np.float16]:
        """All views of an episode; the same episode gives the same.

        Args:
            plain: features of the frames as they were, (frames, features).
            images: network images of the policy, (size, size, 3).
            alpha: (frames, size, size), 255 on hand and objects, soft at their edge; None where there is one view.
            name: of the episode; seeds what is random.

        Returns:
            (views, frames, features), the first one `plain`.
        """
        made = [plain.astype(np.float16)]
        if self.wanted and alpha is not None:
            frames, kept = torch.from_numpy(np.stack(images)), torch.from_numpy(alpha)
            generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
            one = torch.zeros(len(frames), dtype=torch.long)
            for _ in range(self._count - 1):
                seen = self._augment(frames, kept, one, generator)
                with torch.autocast("cpu", torch.bfloat16, enabled=self._reduced):
                    made.append(self._encoder(seen).float().numpy().astype(np.float16))
        return np.stack(made)
