"""What a training image goes through: another background, a random crop, colour jitter (paper 3.1, A1.1)."""

from __future__ import annotations

import torch
from torch import Tensor

from vital_ros.augmentation.composite import composite
from vital_ros.config import AugmentationConfig
from vital_ros.observation import view_window

GREY = {"luma": (0.299, 0.587, 0.114), "mean": (1 / 3, 1 / 3, 1 / 3)}


class Augmentation:
    """Batches of uint8 images to augmented network inputs; the same generator state gives the same result."""

    def __init__(self, config: AugmentationConfig, backgrounds: Tensor, view_mask: bool = False):
        """backgrounds: uint8 (k, H, W, 3), a pool to draw from."""
        self.config = config
        self.backgrounds = backgrounds
        self.view_mask = view_mask
        self._grey = torch.tensor(GREY[config.grey], device=backgrounds.device)

    def to(self, device: torch.device) -> Augmentation:
        return Augmentation(self.config, self.backgrounds.to(device), self.view_mask)

    def __call__(self, images: Tensor, alpha: Tensor, episodes: Tensor, generator: torch.Generator) -> Tensor:
        """Augment a batch.

        Args:
            images: uint8 (B, H, W, 3).
            alpha: uint8 (B, H, W), 255 foreground; unused without backgrounds to replace.
            episodes: (B,), number of the episode.

        Returns:
            Float (B, 3, H, W) in [0, 1], channels last.
        """
        if self.config.jitter == "before":
            images = (255 * self.jitter(images, generator)).round_().to(torch.uint8)
        images = self.replace_background(images, alpha, episodes, generator)
        images = random_crop(images, self.config.crop_pad, self.config.crop_border == "repeat", generator)
        seen = self.jitter(images, generator) if self.config.jitter == "after" else images.float() / 255
        return self._finish(seen)

    def plain(self, images: Tensor) -> Tensor:
        """The network's inputs without any of it, as at work."""
        return self._finish(images.float() / 255)

    def replace_background(self, images: Tensor, alpha: Tensor, episodes: Tensor, generator: torch.Generator) -> Tensor:
        """uint8 (B, H, W, 3) to the same; the chance of each image is `background`, whoever draws the backgrounds."""
        if self.config.background == 0:
            return images
        chosen = torch.rand(len(images), generator=generator) < self.config.background
        drawers, drawer = len(images), torch.arange(len(images))
        if self.config.background_per == "episode":
            unique, drawer = episodes.cpu().unique(return_inverse=True)
            drawers = len(unique)
        draws = torch.randint(len(self.backgrounds), (drawers,), generator=generator)[drawer]
        rows = chosen.nonzero()[:, 0].to(images.device)
        images = images.clone()
        images[rows] = composite(images[rows], alpha[rows], self.backgrounds[draws.to(images.device)[rows]])
        return images

    def jitter(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Saturation, contrast (about the image's mean grey) and brightness, together one affine map of the colours.

        Their order does not matter: without rounding or clipping between them they commute. uint8 to float in [0, 1].
        """
        c = self.config
        spread = torch.tensor([c.saturation, c.contrast, c.brightness])
        factors = 1 + spread * (2 * torch.rand((len(images), 3), generator=generator) - 1)
        saturation, contrast, brightness = (factors[:, i, None, None].to(images.device) for i in range(3))
        pixels = images.flatten(1, 2).float()  # (B, H*W, 3), 0 .. 255
        mean = (pixels.mean(dim=1) @ self._grey)[:, None, None] / 255
        matrix = saturation * torch.eye(3, device=images.device) + (1 - saturation) * self._grey[:, None]
        offset = ((1 - contrast) * brightness * mean).expand(-1, 1, 3)
        return torch.baddbmm(offset, pixels, contrast * brightness / 255 * matrix).clamp_(0, 1).view(images.shape)

    def _finish(self, seen: Tensor) -> Tensor:
        """(B, H, W, 3) to (B, 3, H, W), the view masked where the policy's is."""
        if self.view_mask:
            rows, columns = view_window(seen.shape[1])
            masked = torch.zeros_like(seen)
            masked[:, rows, columns] = seen[:, rows, columns]
            seen = masked
        return seen.permute(0, 3, 1, 2)


def random_crop(images: Tensor, pad: int, repeat: bool, generator: torch.Generator) -> Tensor:
    """Crop (B, H, W, C), grown by `pad` px, back to its size at offsets 0 .. 2 * pad inclusive.

    Args:
        repeat: grown by copies of its border, else by black.
    """
    if pad == 0:
        return images
    count, height, width = images.shape[:3]
    offsets = torch.randint(2 * pad + 1, (2, count, 1), generator=generator) - pad
    rows, columns = torch.arange(height) + offsets[0], torch.arange(width) + offsets[1]
    inside = (rows.ge(0) & rows.lt(height))[:, :, None] & (columns.ge(0) & columns.lt(width))[:, None, :]
    rows, columns = rows.clamp_(0, height - 1).to(images.device), columns.clamp_(0, width - 1).to(images.device)
    crops = images[torch.arange(count, device=images.device)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return crops if repeat else crops * inside[..., None].to(images.device)
