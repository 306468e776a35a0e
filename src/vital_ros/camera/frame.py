"""What every camera gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """One frame.

    Attributes:
        image: (height, width, 3) uint8, RGB, as the lens gives it: neither cropped nor undistorted.
        age: s since it was taken, 0 where the device does not tell.
        stamp: s, when it was delivered in the graph's time, where the device knows that: the simulated one.
    """

    image: NDArray[np.uint8]
    age: float = 0.0
    stamp: float | None = None
