"""Contact physics decide what a policy can learn: a part that misses must not go in, nothing is pushed through."""

import numpy as np
import pytest

from vital_ros.geometry import Pose
from vital_ros.sim import Cell
from vital_ros.sim.experts.insertion import SHY

INSERTIONS = ("plug_socket", "usb_insertion", "key_lock")
PRESS = 0.002


def insert(cell, above, x, y):
    """Press straight down, give up when 2 mm find no hole; whether the part went in, and the deepest overlap, m."""
    cell.reset(0, above(cell, x, y, 0.003))
    overlap, deep = 0.0, cell.task.length - SHY
    tries = [0.0015, 0.0, -0.001, -PRESS, -PRESS]
    for height in [*tries, *np.arange(-PRESS, -deep, -0.0025), -deep, -deep]:
        if height < -PRESS and cell.task.depth(cell.part_pose()) < 0.001:
            return False, overlap
        for _ in cell.motion(above(cell, x, y, height), 0.0, 0.1):
            overlap = max([overlap, *(-contact.dist for contact in cell.data.contact)])
    return bool(cell.verdict().success), overlap


@pytest.mark.parametrize("task", INSERTIONS)
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("sign", [-1, 1])
def test_tolerance_is_clearance_and_chamfers(flawless, above, task, axis, sign):
    cell, outcome = flawless(task), {}
    for error in (0.0, cell.task.tolerance - 0.2e-3, cell.task.tolerance + 0.2e-3, 2e-3, 3e-3):
        offset = np.zeros(2)
        offset[axis] = sign * error
        outcome[error], overlap = insert(cell, above, *offset)
        assert overlap < 1e-4
    assert list(outcome.values()) == [True, True, False, False, False]


@pytest.mark.parametrize("task", INSERTIONS)
def test_three_millimetres_fail_and_none_succeed_whatever_the_imperfections(config, above, task):
    cell = Cell(task, config)
    rng = np.random.default_rng(5)
    for seed in range(4):
        angle = rng.uniform(0, 2 * np.pi)
        assert not insert_from_truth(cell, seed, 0.003 * np.cos(angle), 0.003 * np.sin(angle))
        assert insert_from_truth(cell, seed, 0.0, 0.0)
    cell.close()


def insert_from_truth(cell, seed, x, y):
    """Press straight down from where the tip is really `x`, `y` beside the opening."""
    down = Pose((0, 0, cell.task.tip[2] + 0.003), (1, 0, 0, 0))
    cell.reset(seed, cell.nominal @ down)
    tip = cell.part_pose().apply(cell.task.tip)
    deep = cell.task.length - SHY
    for height in np.append(np.arange(0.002, -deep, -0.002), [-deep, -deep]):
        if height < -0.003 and cell.task.depth(cell.part_pose()) < 0.001:
            return False
        wanted = Pose((x - tip[0], y - tip[1], cell.task.tip[2] + height - tip[2] + 0.003), (1, 0, 0, 0))
        cell.step(cell.target_pose() @ wanted, 0.0, 0.1)
    return bool(cell.verdict().success)


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
