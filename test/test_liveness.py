"""Devices that deliver without measuring."""

from hypothesis import given
from hypothesis import strategies as st

from vital_ros.liveness import JudgedDevice, Repetition


class Items:
    """A device that gives what it is told, one item a read."""

    def __init__(self, *items):
        self._items = list(items)
        self.closed = False

    def read(self):
        return self._items.pop(0)

    def close(self):
        self.closed = True


def test_equal_data_pass_until_the_limit_and_again_after_a_change():
    repetition = Repetition("reading", 0.3)
    complaints = [repetition.complaint(b"same", 0.1 * i) for i in range(6)]
    assert complaints[:3] == [""] * 3 and complaints[4] == "repeats one reading for more than 0.3 s"
    assert repetition.complaint(b"other", 0.6) == ""
    assert repetition.complaint(b"same", 0.7) == ""


@given(st.lists(st.binary(min_size=1, max_size=2), min_size=2, max_size=40))
def test_a_change_is_never_refused(stream):
    repetition = Repetition("reading", 0.05)
    before = None
    for i, data in enumerate(stream):
        complaint = repetition.complaint(data, 0.1 * i)
        assert bool(complaint) == (data == before)
        before = data


def test_what_cannot_be_trusted_is_withheld_and_reported_once():
    reports = []
    items = Items(1, None, -1, -2, 3, -4)
    device = JudgedDevice(items, lambda item, _: "is negative" if item < 0 else "", reports.append)
    assert [device.read() for _ in range(6)] == [1, None, None, None, 3, None]
    assert reports == ["is negative"] * 2
    device.close()
    assert items.closed
