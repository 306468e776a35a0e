import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.geometry.camera import PinholeCamera

CAMERA = PinholeCamera.from_k([608.5, 0, 319.5, 0, 600.0, 239.5, 0, 0, 1])


@given(st.floats(-50, 700), st.floats(-50, 500), st.floats(0.1, 5))
def test_projection_inverts_deprojection(u, v, depth):
    np.testing.assert_allclose(CAMERA.project(CAMERA.deproject(u, v, depth)), [u, v], atol=1e-9)


def test_deprojects_arrays_with_depth_along_z():
    points = CAMERA.deproject(np.array([319.5, 928.0]), 239.5, np.array([2.0, 1.0]))
    np.testing.assert_allclose(points, [[0, 0, 2], [1, 0, 1]])


def test_a_point_behind_the_camera_has_no_pixel():
    assert np.all(np.isnan(CAMERA.project([0.1, 0.1, -1.0])))


@pytest.mark.parametrize("k", [[0.0] * 9, [1.0, 2.0], [np.nan] * 9])
def test_refuses_what_is_no_camera_matrix(k):
    with pytest.raises(ValueError, match="camera matrix"):
        PinholeCamera.from_k(k)
