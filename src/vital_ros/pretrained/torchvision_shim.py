"""Lets torchvision be imported beside a PyTorch that it was not built for.

The wheel of torchvision that pip gives to a CPU build of PyTorch is linked against CUDA: its library does not load, the
import then fails for want of two operators' declarations, and transformers and diffusers fail with it. Image processing
needs neither operator, so declaring them is enough. Where the library loads nothing is changed.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import torch

DECLARED = ("nms", "qnms")
"""Operators that importing torchvision registers something for without asking whether they are there."""
SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"

State = Literal["native", "stubbed", "absent"]


@cache
def prepare() -> State:
    """Import torchvision, or what of it can be; to be called before transformers or diffusers are imported.

    Returns:
        native: its own operators are there. stubbed: only its Python part; calling an operator raises RuntimeError.
        absent: not installed.
    """
    spec = find_spec("torchvision")
    if spec is None or spec.origin is None:
        return "absent"
    for library in sorted(Path(spec.origin).parent.glob("_C*.so")):
        try:
            torch.ops.load_library(library)
        except OSError:  # built for another PyTorch or for a CUDA that is not here
            pass
    missing = [name for name in DECLARED if not hasattr(torch.ops.torchvision, name)]
    for name in missing:
        torch.library.define(f"torchvision::{name}", SCHEMA)
    import_module("torchvision")
    return "stubbed" if "nms" in missing else "native"
