"""Segmentation from points by Segment Anything 2 (Ravi et al. 2024), on transformers."""

from __future__ import annotations

from typing import Any

import torch

from vital_ros.augmentation.interfaces import Image, Points, Segmentation
from vital_ros.pretrained.loading import Backend, Device, device_of

BACKEND = Backend("sam2", "hf", "pass --segmenter-model", "--segmenter grabcut")
MODEL = "facebook/sam2.1-hiera-small"


def make(model: str | None = None, device: Device = "auto") -> Sam2Segmenter:
    """Load a checkpoint in transformers' format; raise MissingExtra, or ConfigError for a device that is not there."""
    return Sam2Segmenter(*load(BACKEND, "Sam2", model or MODEL, device))


def load(backend: Backend, family: str, model: str, device: Device) -> tuple[Any, Any]:
    """The network and the processor of a family of transformers, `Sam2` or `Sam2Video`; raise as `make`."""
    place = device_of(device)
    backend.need("transformers", "torchvision")
    import transformers

    network = backend.network(getattr(transformers, f"{family}Model"), model).to(place)
    return network, backend.part(getattr(transformers, f"{family}Processor"), model)


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
