"""What a training image goes through: another background, a random crop, colour jitter (paper 3.1, A1.1)."""

from __future__ import annotations

import torch
from torch import Tensor

from vital_ros.config import AugmentationConfig

GREY = torch.tensor([0.299, 0.587, 0.114])


class Augmentation:
    """Batches of uint8 images to augmented network inputs; the same generator state gives the same result."""

    def __init__(self, config: AugmentationConfig, backgrounds: Tensor):
        """backgrounds: uint8 (k, H, W, 3), a pool to draw from."""
        self.config = config
        self.backgrounds = backgrounds

    def to(self, device: torch.device) -> Augmentation:
        return Augmentation(self.config, self.backgrounds.to(device))

    def __call__(self, images: Tensor, masks: Tensor, generator: torch.Generator) -> Tensor:
        """uint8 (B, H, W, 3) and masks (B, H, W), 255 foreground, to float (B, 3, H, W) in [0, 1], channels last."""
        images = self.replace_background(images, masks, generator)
        images = random_crop(images, self.config.crop_pad, generator)
        return self.jitter(images, generator)

    def replace_background(self, images: Tensor, masks: Tensor, generator: torch.Generator) -> Tensor:
        count = len(images)
        keep = torch.rand(count, generator=generator) >= self.config.background
        choice = torch.randint(len(self.backgrounds), (count,), generator=generator)
        foreground = (masks > 127) | keep.to(masks.device)[:, None, None]
        return torch.where(foreground[..., None], images, self.backgrounds[choice.to(self.backgrounds.device)])

    def jitter(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Saturation, contrast (about the image's mean grey) and brightness, together one affine map of the colours."""
        c = self.config
        spread = torch.tensor([c.saturation, c.contrast, c.brightness])
        factors = 1 + spread * (2 * torch.rand((len(images), 3), generator=generator) - 1)
        saturation, contrast, brightness = (factors[:, i, None, None].to(images.device) for i in range(3))
        grey = GREY.to(images.device)
        pixels = images.flatten(1, 2).float() / 255  # (B, H*W, 3)
        mean = (pixels.mean(dim=1) @ grey)[:, None, None]
        matrix = saturation * torch.eye(3, device=images.device) + (1 - saturation) * grey[:, None]
        offset = ((1 - contrast) * brightness * mean).expand(-1, 1, 3)
        jittered = torch.baddbmm(offset, pixels, contrast * brightness * matrix).clamp_(0, 1)
        return jittered.view(images.shape).permute(0, 3, 1, 2)


def random_crop(images: Tensor, pad: int, generator: torch.Generator) -> Tensor:
    """Crop (B, H, W, C), grown by `pad` copies of its border, back to its size at offsets 0 .. 2 * pad inclusive."""
    if pad == 0:
        return images
    count, height, width = images.shape[:3]
    offsets = torch.randint(2 * pad + 1, (2, count, 1), generator=generator) - pad
    rows = (torch.arange(height) + offsets[0]).clamp_(0, height - 1).to(images.device)
    columns = (torch.arange(width) + offsets[1]).clamp_(0, width - 1).to(images.device)
    return images[torch.arange(count, device=images.device)[:, None, None], rows[:, :, None], columns[:, None, :]]
