import numpy as np
import pytest

from vital_ros.config import ConfigError
from vital_ros.localization.registering import register_by_depth, register_by_outline
from vital_ros.localization.top_view import FINE

MIDDLE = (320.0, 240.0)
FACE = 0.95
"""m from the camera; the table is 5 cm lower."""


def table_with_a_block(pixel=MIDDLE, half=20):
    depth = np.full((480, 640), 1.0)
    u, v = (round(x) for x in pixel)
    depth[v - half : v + half, u - half : u + half] = FACE
    return depth


def test_the_face_is_what_is_level_with_the_point(sight):
    known = register_by_depth(sight(MIDDLE), table_with_a_block(), "key lock", ("keyhole",), MIDDLE)
    assert known.card.height == pytest.approx(0.05, abs=1e-6)
    side = 40 * FACE / 600 / FINE
    assert known.mask.sum() == pytest.approx(side**2, rel=0.12)
    assert known.crop.shape[:2] == known.mask.shape
    np.testing.assert_allclose(known.card.point, np.array(known.mask.shape[::-1]) / 2, atol=1.5)
    assert known.card.aliases == ("keyhole",)


def test_outline_and_depth_show_the_same_face(sight, lock):
    known = register_by_depth(sight(MIDDLE), table_with_a_block(), "key lock", (), MIDDLE)
    assert known.mask.sum() == pytest.approx(lock.mask.sum(), rel=0.12)
    assert lock.card.height == pytest.approx(known.card.height, abs=1e-6)


def test_holes_in_the_depth_do_not_cut_the_face(sight):
    depth = table_with_a_block()
    depth[np.random.default_rng(0).random(depth.shape) < 0.05] = 0.0
    known = register_by_depth(sight(MIDDLE), depth, "key lock", (), MIDDLE)
    assert known.mask.sum() > 1200


@pytest.mark.parametrize(
    ("depth", "complaint"),
    [
        (np.zeros((480, 640)), r"object 'key lock': no depth at pixel"),
        (np.full((480, 640), FACE), r"its face ends nowhere within 0.15 m"),
        (table_with_a_block(half=6), r"too small, at least 200 are needed"),
    ],
)
def test_refuses_what_shows_no_face(sight, depth, complaint):
    with pytest.raises(ConfigError, match=complaint):
        register_by_depth(sight(MIDDLE), depth, "key lock", (), MIDDLE)


@pytest.mark.parametrize("outline", [[], [(300, 220), (340, 220)], [(0, 0), (20, 0), (20, 20)]])
def test_an_outline_has_corners_around_the_point(sight, outline):
    with pytest.raises(ConfigError, match="three corners or more, and the point within"):
        register_by_outline(sight(MIDDLE), outline, 0.05, "key lock", (), MIDDLE)
