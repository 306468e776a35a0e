"""Answers as the models give them, and as they never should."""

import numpy as np
import pytest

from vital_ros.localization.answers import points_of
from vital_ros.localization.pointer import LocalizationError

SIZE = (640, 480)
FORMATS = {
    "molmo": ('<point x="61.5" y="40.4" alt="plug socket">plug socket</point>', "percent", [(0.615, 0.404)]),
    "molmo_padded": ('  <point x=" 61.5" y=" 40.4" alt="a"> a</point>', "percent", [(0.615, 0.404)]),
    "molmo_several": (
        '<points x1="23.0" y1="17.7" x2="0.5" y2="99" alt="a">a</points>', "fraction", [(0.23, 0.177), (0.005, 0.99)],
    ),
    "molmo_beyond": ('<points x1="23.0" y1="17.7" x2="101" y2="5" alt="a">', "percent", [(0.23, 0.177)]),
    "molmo2": ('<points coords="1 1 990 800">plug socket</points>', "percent", [(0.99, 0.8)]),
    "molmo2_several": ('<points coords="1 1 0990 0080 2 005 1000">a</points>', "percent", [(0.99, 0.08), (0.005, 1)]),
    "molmo2_images_tab": ('<points coords="1 1 100 200\t2 2 300 400">a</points>', "percent", [(0.1, 0.2)]),
    "molmo2_images_v2": ('<points coords="2 1 300 400;1 2 100 200">a</points>', "percent", [(0.1, 0.2)]),
    "molmo2_track": ('<tracks coords="0.0 1 500 250\t0.5 1 510 250">a</tracks>', "percent", [(0.5, 0.25)]),
    "molmo2_count": ('Counting the <points coords="1 1 500 250"/> shows a total of 1.', "percent", [(0.5, 0.25)]),
    "molmo2_early": ("<points plug socket\tplug socket\t1 99.0 80.0/>", "fraction", [(0.99, 0.8)]),
    "qwen3": ('```json\n[{"point_2d": [615, 404], "label": "a"}]\n```', "thousandths", [(0.615, 0.404)]),
    "qwen3_box": ('[{"bbox_2d": [500, 300, 700, 500], "label": "a"}]', "thousandths", [(0.6, 0.4)]),
    "qwen25": ('[{"point_2d": [319.5, 239.5], "label": "a"}]', "pixels", [(0.5, 0.5)]),
    "asked_for": ('The socket: {"x":0.123,"y":0.456}.', "fraction", [(0.123, 0.456)]),
    "asked_small": ('{"x": 0.5, "y": 1}', "percent", [(0.005, 0.01)]),
    "twice_the_same": ('[{"x": 5, "y": 5}, {"x": 5, "y": 5}]', "percent", [(0.05, 0.05)]),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_every_format(name):
    answer, scale, shares = FORMATS[name]
    expected = np.clip(np.array(shares) * SIZE - 0.5, 0, np.array(SIZE) - 1)
    np.testing.assert_allclose(points_of(answer, *SIZE, scale), expected, atol=1e-9)


@pytest.mark.parametrize("answer", ["There are none.", " there are none", "There is no plug socket here.", "[]"])
def test_nothing_there(answer):
    assert points_of(answer, *SIZE, "thousandths") == []


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ("", "names no point: ''"),
        ("I see a nice kitchen.\nIt has a kettle.", "names no point: 'I see a nice kitchen. It has a kettle.'"),
        ('<point x="61.5" y="40.', "names no point"),
        ('<points coords="1 1 990 80', "names no point"),
        ('[{"point_2d": [615, 4', "names no point"),
        ('[{"point_2d": [615, 404], "label": "pl', "names no point"),
        ('{"x": NaN, "y": 3}', "names no point"),
        ('{"x": "3", "y": 3}', "names no point"),
        ('<point x="...." y="4">', "names no point"),
        ('<point x="150" y="40" alt="a">', "points outside the image"),
        ('{"x": 700, "y": 3}', "points outside the image"),
        ("x" * 100_000, "…'"),
    ],
)
def test_prose_and_torn_answers_are_quoted(answer, complaint):
    with pytest.raises(LocalizationError) as caught:
        points_of(answer, *SIZE, "percent")
    assert complaint in str(caught.value) and len(str(caught.value)) < 300


def sane(answer, scale="thousandths"):
    """Pixels within the image, or a refusal of one line: what any answer leads to."""
    try:
        points = points_of(answer, *SIZE, scale)
    except LocalizationError as error:
        said = str(error)
    else:
        assert all(0 <= u <= SIZE[0] - 1 and 0 <= v <= SIZE[1] - 1 for u, v in points)
        return points
    assert "\n" not in said
    return None
