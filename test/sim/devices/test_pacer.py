import pytest

from vital_ros.sim.devices import Pacer


class Clock:
    def __init__(self):
        self.now, self.slept = 100.0, []

    def sleep(self, duration):
        self.slept.append(duration)
        self.now += duration


def pacer(clock, factor=1.0):
    return Pacer(factor, now=lambda: clock.now, sleep=clock.sleep)


def test_deadlines_are_absolute():
    clock = Clock()
    p = pacer(clock)
    for work in (0.001, 0.006, 0.001):
        clock.now += work
        p.wait(0.004)
    assert clock.now == pytest.approx(100.012)
    assert clock.slept == pytest.approx([0.003, 0.001])


@pytest.mark.parametrize("factor", [0.5, 4.0])
def test_factor(factor):
    clock = Clock()
    p = pacer(clock, factor)
    for _ in range(10):
        p.wait(0.004)
    assert clock.now == pytest.approx(100 + 0.04 / factor)


def test_short_stalls_are_made_up_for_and_long_ones_dropped():
    clock = Clock()
    p = pacer(clock)
    clock.now += 0.1
    for _ in range(30):
        p.wait(0.004)
    assert clock.now == pytest.approx(100.12) and p.dropped == 0
    clock.now += 1.0
    p.wait(0.004)
    assert p.dropped == pytest.approx(0.996)
    p.wait(0.004)
    assert clock.now == pytest.approx(101.124)
