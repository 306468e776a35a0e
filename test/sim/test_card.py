"""The card: what stops it, how it slips, and what counts as a swipe."""

import numpy as np
import pytest

from vital_ros.geometry import Pose
from vital_ros.sim.tasks.card_swipe import AHEAD, LENGTH, THICK, CardSwipe

TCP_HEIGHT = 0.0145  # m, of link_tcp: the lower edge is 7.5 mm deep
START = -0.012  # m, of the leading edge


def swipe(cell, y, end=0.9 * LENGTH + 0.004, speed=0.05):
    """Push the card along the channel, `y` m beside it, at `speed` m/s; the deepest overlap, m."""
    overlap = 0.0
    cell.reset(0, at(cell, START, y))
    for _ in cell.motion(at(cell, end, y), 0.0, (end - START) / speed):
        overlap = max([overlap, *(-contact.dist for contact in cell.data.contact)])
    cell.step(at(cell, end, y), 0.0, 0.3)
    return overlap


def at(cell, x, y):
    return cell.nominal @ Pose((x - AHEAD, y, TCP_HEIGHT), (1, 0, 0, 0))


@pytest.mark.parametrize("share", [-0.9, -0.5, 0.0, 0.5, 0.9])
def test_the_lead_in_takes_what_it_should(flawless, share):
    cell = flawless("card_swipe")
    overlap = swipe(cell, share * cell.task.tolerance)
    assert cell.verdict() == (True, "success")
    assert overlap < (THICK / 3 if abs(share) > 0.8 else 1e-4)  # wedged slantwise between the walls, pushed with 19 N


@pytest.mark.parametrize("side", [-1, 1])
def test_beside_the_mouth_the_card_stops_and_slips_at_20_newtons(flawless, side):
    cell = flawless("card_swipe")
    overlap = swipe(cell, side * (cell.task.tolerance + 0.001), end=0.008, speed=0.01)
    assert cell.max_force == pytest.approx(20, abs=3)
    assert overlap < 1e-4
    x = cell.part_pose().apply(cell.task.tip)[0]
    assert x < 0.001
    assert cell.slipped() > 0.005


def test_a_wall_is_not_passed_through(flawless):
    """In the channel, sideways: the hand goes 8 mm, the card stays between the walls."""
    cell = flawless("card_swipe")
    swipe(cell, 0.0, end=0.05)
    overlap = 0.0
    for _ in cell.motion(at(cell, 0.05, 0.008), 0.0, 1.0):
        overlap = max([overlap, *(-contact.dist for contact in cell.data.contact)])
    assert overlap < 1e-4
    assert abs(cell.part_pose().apply((0.05, 0, cell.task.tip[2]))[1]) < 0.0015


def test_a_swipe_has_no_gap():
    """A card lifted over the channel, or set in at its end, has not been swiped."""
    task = CardSwipe()

    def travel(places):
        progress = 0.0
        for x, depth in places:
            part = Pose((x - AHEAD, 0, TCP_HEIGHT + 0.0075 - depth), (1, 0, 0, 0))
            progress = task.progress(part, progress)
        return progress

    xs = np.arange(0.001, 0.0921, 0.001)
    assert travel([(x, 0.008) for x in xs]) > task.goal
    assert travel([(x, 0.008 if x < 0.04 or x > 0.06 else 0.0) for x in xs]) == 0
    assert travel([(x, 0.004) for x in xs]) == 0
    assert travel([(0.09, 0.0), (0.09, 0.008)]) == 0
    assert travel([(x, 0.008) for x in xs[:50]]) == pytest.approx(xs[49])
