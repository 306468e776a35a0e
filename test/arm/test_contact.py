import math

import numpy as np
import pytest

from vital_ros.arm import contact_norm


def test_largest_pad_counts() -> None:
    field = np.zeros(30, dtype=np.float32)
    field[0], field[15], field[16] = 10.0, 3.0, 4.0
    assert contact_norm(field, np.zeros(30), 2) == 10.0
    assert contact_norm(field, field, 2) == 0.0
    assert contact_norm(field[15:], np.zeros(15), 1) == pytest.approx(5.0)


def test_nan_is_not_hidden() -> None:
    field = np.zeros(30)
    field[20] = math.nan
    assert math.isnan(contact_norm(field, np.zeros(30), 2))
