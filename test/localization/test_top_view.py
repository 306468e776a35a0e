import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.top_view import TopView

CAMERA = PinholeCamera(608.5, 608.5, 319.5, 239.5)
ASLANT = Pose((1.05, 0.45, 0.75), (0.4101607, 0.8203215, -0.3564726, -0.1782363))
LOW, HIGH = (0.2, -0.4), (0.7, 0.4)


@given(st.floats(0.2, 0.7), st.floats(-0.4, 0.4), st.floats(-0.05, 0.2))
def test_every_place_of_the_rectangle_is_where_the_camera_sees_it(x, y, height):
    view = TopView(CAMERA, ASLANT, height, LOW, HIGH, 0.002)
    pixel = CAMERA.project(ASLANT.inverse().apply((x, y, height)))
    column, row = view.from_image(pixel)
    np.testing.assert_allclose((column, row), ((0.4 - y) / 0.002, (0.7 - x) / 0.002), atol=1e-6)
    np.testing.assert_allclose(view.to_image((column, row)), pixel, atol=1e-6)


@pytest.mark.parametrize("turn", [0.0, 0.7])
def test_a_square_on_the_table_is_a_square(turn):
    corners = (
        0.03
        * np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
        @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    )
    points = np.column_stack([np.add(corners, (0.45, 0.1)), np.full(4, 0.05)])
    view = TopView(CAMERA, ASLANT, 0.05, LOW, HIGH, 0.001)
    seen = np.array([view.from_image(p) for p in CAMERA.project(ASLANT.inverse().apply(points))])
    np.testing.assert_allclose(np.linalg.norm(seen - np.roll(seen, 1, axis=0), axis=1), 60.0, atol=1e-6)


def test_the_picture_has_the_rectangles_size():
    view = TopView(CAMERA, ASLANT, 0.05, LOW, HIGH, 0.002)
    assert view.rectify(np.zeros((480, 640, 3), np.uint8)).shape == (250, 400, 3)
    assert view.rectify(np.zeros((480, 640), np.uint8)).shape == (250, 400)
