"""The experts on episodes with every imperfection; the full hundred a task is ./vital eval --policy expert."""

import numpy as np
import pytest

from vital_ros.execution.plan import TOOL_DOWN, start_pose
from vital_ros.geometry import Pose
from vital_ros.sim import Cell
from vital_ros.sim.experts import make_expert
from vital_ros.sim.starts import close_start
from vital_ros.sim.tasks import TASKS


def play(cell, expert, seed, start=None):
    cell.reset(seed, start or start_pose(cell.limits, cell.nominal, seed))
    expert.reset(np.random.default_rng(seed))
    while cell.verdict().success is None and cell.time < cell.limits.time_limit:
        cell.step(*expert.act(cell.truth()))
    return cell.verdict()


@pytest.fixture(scope="module", params=list(TASKS))
def cell(request, config):
    return Cell(request.param, config)


def test_it_succeeds_and_never_presses_hard(cell):
    expert = make_expert(cell.task, cell.limits)
    for seed in range(500_000, 500_008):
        assert play(cell, expert, seed) == (True, "success")
        assert cell.max_force < 25
        assert cell.slipped() < 0.003


def test_its_steps_are_within_the_caps(cell):
    expert, cap = make_expert(cell.task, cell.limits), cell.limits.max_step
    cell.reset(0, start_pose(cell.limits, cell.nominal, 0))
    expert.reset(np.random.default_rng(0))
    while cell.verdict().success is None:
        target, opening = expert.act(cell.truth())
        metres, radians = cell.tcp_pose().distance(target)
        assert metres < cap.translation and radians < cap.rotation and 0 <= opening <= 1
        cell.step(target, opening)


@pytest.mark.parametrize("task", ["plug_socket", "usb_insertion", "key_lock"])
def test_three_millimetres_of_error_are_too_many(config, task):
    cell = Cell(task, config)
    expert = make_expert(cell.task, cell.limits, error=0.003)
    assert not any(play(cell, expert, seed).success for seed in range(500_000, 500_004))


@pytest.mark.parametrize("task", ["plug_socket", "key_lock"])
def test_close_starts_touch_beside_the_opening_and_recover(config, task):
    """Contact first, then success: what a policy is to learn corrections from."""
    cell = Cell(task, config)
    expert = make_expert(cell.task, cell.limits)
    touched = succeeded = 0
    for seed in range(20):
        rng = np.random.default_rng([seed, 77])
        cell.reset(seed, cell.nominal @ Pose(close_start(cell.task, rng), TOOL_DOWN.quaternion))
        expert.reset(rng)
        beside = False
        while cell.verdict().success is None and cell.time < cell.limits.time_limit:
            cell.step(*expert.act(cell.truth()))
            beside |= cell.contact_force() > 1 and cell.judge.progress < 0.001
        touched += beside
        succeeded += beside and bool(cell.verdict().success)
    assert touched >= 5
    assert succeeded >= 0.8 * touched
