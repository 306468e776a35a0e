import numpy as np
import pytest

from vital_ros.device_reader import DeviceError
from vital_ros.tactile import baseline


def test_median_ignores_one_outlier():
    fields = [np.full(15, v, dtype=np.float32) for v in (10, 11, 10, 12, 18)]
    result = baseline(fields, rest_std=10.0)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, 11)


def test_motion_is_refused_and_named():
    fields = np.zeros((5, 30), dtype=np.float32)
    fields[:, 12] = [0, 50, 100, 150, 200]
    with pytest.raises(DeviceError, match=r"value 12 varies by 70\.7 uT \(limit 10\)"):
        baseline(list(fields), rest_std=10.0)
