"""Tracking of masks by Segment Anything 2's memory of a video (Ravi et al. 2024), on transformers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from vital_ros.augmentation.interfaces import Image, Mask
from vital_ros.augmentation.neural.sam2 import MODEL, load
from vital_ros.pretrained.loading import Backend, Device

BACKEND = Backend("sam2_video", "hf", "pass --tracker-model", "--tracker flow")


def make(model: str | None = None, device: Device = "auto") -> Sam2Tracker:
    """Load a checkpoint in transformers' format; raise MissingExtra, or ConfigError for a device that is not there."""
    return Sam2Tracker(*load(BACKEND, "Sam2Video", model or MODEL, device))


class Sam2Tracker:
    """A `Tracker`; the network stays loaded, each video has a session of its own."""

    def __init__(self, network: Any, processor: Any):
        self._network, self._processor = network, processor

    @torch.inference_mode()
    def track(self, frames: Sequence[Image], first: list[Mask]) -> Iterator[list[Mask]]:
        """Frame by frame; the first frame's masks, which prompt the network, are yielded as given."""
        yield list(first)
        session = self._processor.init_video_session(inference_device=self._network.device)
        numbers = list(range(1, len(first) + 1))
        self._processor.add_inputs_to_inference_session(session, frame_idx=0, obj_ids=numbers, input_masks=list(first))
        for index, frame in enumerate(frames):
            pixels = self._processor(images=frame, return_tensors="pt").pixel_values[0]
            output = self._network(inference_session=session, frame=pixels.to(self._network.device))
            self._forget(session, index)
            if index > 0:
                masks = self._processor.post_process_masks([output.pred_masks.cpu()], [frame.shape[:2]])[0]
                yield [mask[0].numpy() for mask in masks]

    def _forget(self, session: Any, index: int) -> None:
        """Drop what no later frame looks at: a session keeps several megabytes a frame and object for ever."""
        config = self._network.config
        window = max(config.num_maskmem, config.max_object_pointers_in_encoder)
        session.processed_frames[index] = None
        for outputs in session.output_dict_per_obj.values():
            tracked = outputs["non_cond_frame_outputs"]
            tracked.pop(index - window, None)
            if index in tracked:
                del tracked[index]["high_res_masks"]
