"""Objects cut from one picture and laid over another, without the seam that would give the cut away.

A pixel on an object's outline shows some of the screen behind it. So the mask becomes an alpha that falls to zero at
the outline, and what green has spilled onto the outline is taken out.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

OUTLINE = 1.0
"""px, standard deviation of the blur across the outline."""
STEEPNESS = 2.6
"""Full alpha is reached 1.2 px inside a straight outline."""


def soften(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A mask's alpha: an erosion by about one pixel with a soft edge, which thins narrow parts but keeps them.

    Args:
        mask: (H, W), foreground above 127. What the frame's border cuts off goes on beyond it.

    Returns:
        (H, W), 0 outside the mask, 255 well inside; a larger mask has nowhere a smaller alpha.
    """
    inside = (mask > 127).astype(np.float32)
    blurred = cv2.GaussianBlur(inside, (0, 0), OUTLINE, borderType=cv2.BORDER_REPLICATE)
    alpha = inside * ((blurred - 0.5) * STEEPNESS).clip(0, 1)
    return np.asarray(np.round(255 * alpha), dtype=np.uint8)


def composite(images: Tensor, alpha: Tensor, backgrounds: Tensor) -> Tensor:
    """Blend a batch over backgrounds; where alpha is 255 the images stay as they are, to the bit.

    Args:
        images, backgrounds: uint8 (B, H, W, 3), green in the middle.
        alpha: uint8 (B, H, W).

    Returns:
        uint8 (B, H, W, 3).
    """
    blended = torch.where((alpha == 255)[..., None], images, backgrounds)
    rim = (alpha > 0) & (alpha < 255)  # a few per cent of the pixels: only these cost arithmetic
    front, share = images[rim], alpha[rim, None].float() / 255
    front[:, 1] = torch.minimum(front[:, 1], torch.maximum(front[:, 0], front[:, 2]))
    blended[rim] = torch.lerp(backgrounds[rim].float(), front.float(), share).add_(0.5).to(torch.uint8)
    return blended
