"""Contact physics decide what a policy can learn: a part that misses must not go in, nothing is pushed through."""

import numpy as np
import pytest

from vital_ros.sim.tasks.key_lock import CLEARANCE, FUNNEL, TAPER

TOLERANCE = CLEARANCE + FUNNEL + TAPER
PRESS, DEEP = 0.002, 0.0225


def insert(cell, above, x, y):
    """Press straight down, give up when 2 mm find no hole; whether the key went in, and the deepest overlap, m."""
    cell.reset(0, above(cell, x, y, 0.003))
    overlap = 0.0
    tries = [0.0015, 0.0, -0.001, -PRESS, -PRESS]
    for height in [*tries, *np.arange(-PRESS, -DEEP, -0.0025), -DEEP, -DEEP]:
        if height < -PRESS and cell.task.depth(cell.held_pose()) < 0.001:
            return False, overlap
        for _ in cell.motion(above(cell, x, y, height), 0.0, 0.1):
            overlap = max([overlap, *(-contact.dist for contact in cell.data.contact)])
    return bool(cell.verdict().success), overlap


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("sign", [-1, 1])
def test_tolerance_is_clearance_and_chamfers(flawless_cell, above, axis, sign):
    outcome = {}
    for error in (0.0, TOLERANCE - 0.2e-3, TOLERANCE + 0.2e-3, 2e-3, 3e-3):
        offset = np.zeros(2)
        offset[axis] = sign * error
        outcome[error], overlap = insert(flawless_cell, above, *offset)
        assert overlap < 1e-4
    assert list(outcome.values()) == [True, True, False, False, False]


def test_the_grip_slips_before_the_force_grows(flawless_cell, above):
    cell = flawless_cell
    cell.reset(0, above(cell, 0.010, 0, 0.002))
    cell.step(above(cell, 0.010, 0, -0.006), 0.0, 1.0)
    assert 8 < cell.max_force < 13  # the yield is 10 N
    assert cell.slipped() > 0.003
    assert cell.verdict().success is None


def test_a_part_pushed_far_out_of_the_grip_is_dropped(flawless_cell, above):
    cell = flawless_cell
    cell.reset(0, above(cell, 0.010, 0, 0.002))
    cell.step(above(cell, 0.010, 0, -0.014), 0.0, 1.0)
    assert cell.verdict() == (False, "dropped")


def test_opening_the_gripper_drops_the_part(flawless_cell, above):
    cell = flawless_cell
    cell.reset(0, above(cell))
    cell.step(above(cell), 1.0)
    assert cell.verdict() == (False, "dropped")


def test_70_newtons_do_not_push_metal_into_metal(firm_cell, above):
    cell = firm_cell
    cell.reset(0, above(cell, 0.010, 0, 0.001))
    overlap = 0.0
    for _ in cell.motion(above(cell, 0.010, 0, -0.0136), 0.0, 1.0):
        overlap = max([overlap, *(-contact.dist for contact in cell.data.contact)])
    assert cell.max_force == pytest.approx(70, abs=8)
    assert 0 < overlap < 1e-4


def test_too_much_force_is_a_failure(firm_cell, above):
    cell = firm_cell
    cell.reset(0, above(cell, 0.010, 0, 0.001))
    cell.step(above(cell, 0.010, 0, -0.020), 0.0, 1.0)
    assert cell.verdict() == (False, "force")
