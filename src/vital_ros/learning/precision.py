"""Which arithmetic a wanted precision means where it is computed."""

from __future__ import annotations

import torch

PRECISIONS = {"bf16": torch.bfloat16, "fp32": torch.float32}


def arithmetic(wanted: str, device: str = "cpu") -> torch.dtype:
    """`bf16` or `fp32`; on a processor without AVX-512 always fp32.

    There PyTorch emulates bf16: convolutions take 6 to 40 times as long as in fp32 (AVX2, torch 2.13), and sums are
    rounded to bf16 on their way, so that less is learned.
    """
    emulated = device == "cpu" and not torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    return torch.float32 if emulated else PRECISIONS[wanted]
