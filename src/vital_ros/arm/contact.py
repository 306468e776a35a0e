"""How hard the fingers are touched."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def contact_norm(field: ArrayLike, baseline: ArrayLike, sensors: int) -> float:
    """Largest norm over the pads of (reading - baseline), uT; NaN if any value is (release: SensorSafetyWrapper).

    Args:
        field, baseline: uT, shape (sensors * values,), pad by pad.
    """
    pads = (np.asarray(field, dtype=np.float64) - np.asarray(baseline, dtype=np.float64)).reshape(sensors, -1)
    return float(np.sqrt((pads * pads).sum(axis=1).max()))
