"""Whatever a model says: points within the image, or a refusal of one line; never a hang."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.localization.answers import points_of

from ..fuzzing import TIMEOUT, fuzzed
from .test_answers import FORMATS, SIZE, sane

pytestmark = pytest.mark.timeout(TIMEOUT)


@fuzzed(100)
@given(st.binary(max_size=400))
def test_bytes_of_any_kind(data):
    sane(data.decode("utf-8", errors="replace"))
    sane(data.decode("latin-1"))


@fuzzed(100)
@given(st.sampled_from([answer for answer, _, _ in FORMATS.values()]), st.integers(0, 80), st.text(max_size=8))
def test_answers_cut_off_or_with_something_put_in(answer, at, text):
    whole = sane(answer, "pixels")
    torn = sane(answer[:at], "pixels")
    assert torn is None or whole is None or set(torn) <= set(whole)
    sane(answer[:at] + text + answer[at:], "pixels")


@fuzzed(100)
@given(st.lists(st.sampled_from(["<points", " coords=", '"', "1 1 500 250", "\t", "{", "[", '"x":', "]", "9", " "])))
def test_parts_in_any_order(parts):
    sane("".join(parts))


@pytest.mark.parametrize("part", ["[", "{", '{"x":', "<points ", '<points x="', "1 1.0 2.0 ", "\t", "x1='1' "])
def test_repetition_does_not_hang(part):
    """Answers may be as long as a server likes."""
    assert sane("<points " + part * 20_000) in (None, [(5.9, 9.1)])
    assert sane(part * 20_000) is None


@fuzzed(100)
@given(st.floats(0, 100), st.floats(0, 100))
def test_percent_of_any_size(x, y):
    ((u, v),) = points_of(f'<point x="{x:.3f}" y="{y:.3f}" alt="a">a</point>', *SIZE, "fraction")
    assert u == pytest.approx(np.clip(x * 6.4 - 0.5, 0, 639), abs=0.01)
    assert v == pytest.approx(np.clip(y * 4.8 - 0.5, 0, 479), abs=0.01)
