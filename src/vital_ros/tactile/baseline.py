"""What the pads read at rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vital_ros.device_reader import DeviceError


def baseline(fields: Sequence[NDArray[np.float32]], rest_std: float) -> NDArray[np.float32]:
    """Median of readings at rest (release: of 5 at every reset, xarm_env/envs/robot_env.py).

    The Earth's field is part of it and turns with the wrist: take it at the pose where the policy starts.

    Args:
        fields: n readings, each (k,) uT.
        rest_std: uT, the largest standard deviation that counts as rest.

    Returns:
        (k,) uT.

    Raises:
        DeviceError: a value varies more than that.
    """
    stack = np.stack(fields)
    spread = stack.std(axis=0)
    worst = int(spread.argmax())
    if spread[worst] > rest_std:
        raise DeviceError(
            f"not at rest: value {worst} varies by {spread[worst]:.1f} uT (limit {rest_std:g}); "
            "keep the gripper still and out of contact while the baseline is taken"
        )
    return np.asarray(np.median(stack, axis=0), dtype=np.float32)
