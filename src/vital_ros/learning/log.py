"""The course of a training for TensorBoard: `tensorboard --logdir runs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

SHOWN = 16
"""Images of the one batch that is shown."""


class TrainingLog:
    """Scalars by iteration; what a killed run wrote beyond its last checkpoint is taken back when it continues."""

    def __init__(self, folder: Path, iteration: int):
        self._writer = SummaryWriter(str(folder), purge_step=iteration + 1 if iteration else 0)

    def write(self, iteration: int, values: Mapping[str, float | Sequence[float]]) -> None:
        """Numbers, or three for x, y, z, by their name."""
        for name, value in values.items():
            parts = {name: value} if isinstance(value, float | int) else _by_axis(name, value)
            for part, number in parts.items():
                self._writer.add_scalar(part, number, iteration)

    def show(self, images: Tensor) -> None:
        """(B, 3, H, W) in [0, 1]: what the network is shown."""
        self._writer.add_images("inputs", images[:SHOWN].float().cpu(), 0)

    def flush(self) -> None:
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


def _by_axis(name: str, values: Sequence[float]) -> dict[str, float]:
    return {f"{name}/{axis}": value for axis, value in zip("xyz", values, strict=True)}
