"""Segmentation from points by Segment Anything 2 (Ravi et al. 2024), on transformers."""

from __future__ import annotations

from typing import Any

import torch

from vital_ros.augmentation.interfaces import Image, Points, Segmentation
from vital_ros.augmentation.neural.loading import Backend, default_device

BACKEND = Backend("sam2", "segmenter", "hf", "grabcut")
MODEL = "facebook/sam2.1-hiera-small"


def make(model: str | None = None, device: str | None = None) -> Sam2Segmenter:
    """Load a checkpoint in transformers' format; raise MissingExtra."""
    BACKEND.need("transformers", "torchvision")
    from transformers import Sam2Model, Sam2Processor

    model = model or MODEL
    network = BACKEND.network(Sam2Model, model).to(torch.device(device) if device else default_device())
    return Sam2Segmenter(network, BACKEND.part(Sam2Processor, model))


class Sam2Segmenter:
    """A `Segmenter`; the network stays loaded."""

    def __init__(self, network: Any, processor: Any):
        self._network, self._processor = network, processor

    @torch.inference_mode()
    def segment(self, image: Image, points: Points, negative: Points) -> Segmentation:
        """Of one point, which may mean a part or the whole, the best of three masks; of several points the one mask.
        Confidence: the intersection over union that the network expects of it."""
        corners = [[x + 0.5, y + 0.5] for x, y in [*points.tolist(), *negative.tolist()]]  # SAM's pixels begin at 0
        labels = [1] * len(points) + [0] * len(negative)
        given = self._processor(
            images=image, input_points=[[corners]], input_labels=[[labels]], return_tensors="pt"
        ).to(self._network.device)
        output = self._network(**given, multimask_output=len(corners) == 1)
        masks = self._processor.post_process_masks(output.pred_masks.cpu(), given["original_sizes"].cpu())[0][0]
        scores = output.iou_scores[0, 0]
        best = int(scores.argmax())
        return Segmentation(masks[best].numpy(), float(scores[best].clamp(0, 1)))
