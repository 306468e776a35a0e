"""The block: grasped by friction, held without creep, lost when let go."""

import numpy as np
import pytest

from vital_ros.geometry import Pose
from vital_ros.sim.gripper import opening_for

GRASP = -0.020  # m, of link_tcp in the target frame: half the block's height


@pytest.fixture
def cell(flawless):
    cell = flawless("pick_block")
    cell.reset(0, at(cell, 0.03))
    return cell


def at(cell, z, x=0.0, y=0.0):
    return cell.nominal @ Pose((x, y, z), (1, 0, 0, 0))


def grasp(cell):
    cell.step(at(cell, GRASP), 1.0, 1.0)
    cell.step(at(cell, GRASP), 0.0, 0.6)


def lift(cell, height=0.06):
    cell.step(at(cell, GRASP + height), 0.0, 1.0)


def test_held_five_centimetres_up_for_a_second_is_success(cell):
    grasp(cell)
    lift(cell)
    assert cell.verdict().success is None
    cell.step(at(cell, GRASP + 0.06), 0.0, 1.0)
    assert cell.verdict() == (True, "success")


def test_the_squeeze_is_that_of_a_gripper(cell):
    grasp(cell)
    forces = [np.linalg.norm(forces.sum(axis=0)) for _, forces in cell._hand._contacts]
    assert forces == pytest.approx([28, 28], abs=1)
    assert cell.contact_force() < 1  # both sides of it add up to nothing
    assert cell.opening == pytest.approx(opening_for(0.040), abs=0.01)


def test_five_newtons_do_not_pull_it_out(cell):
    grasp(cell)
    lift(cell)
    before = cell.part_pose().position[2] - cell.truth().tcp.position[2]
    cell.data.xfrc_applied[cell.model.body("part").id, 2] = -5.0
    cell.step(at(cell, GRASP + 0.06), 0.0, 5.5)
    creep = before - (cell.part_pose().position[2] - cell.truth().tcp.position[2])
    cell.data.xfrc_applied[:] = 0
    assert abs(creep) < 1e-4


def test_let_go_in_the_air_is_dropped(cell):
    grasp(cell)
    lift(cell, 0.04)
    cell.step(at(cell, GRASP + 0.04), 1.0, 0.6)
    assert cell.verdict() == (False, "dropped")


def test_set_down_again_is_not(cell):
    grasp(cell)
    lift(cell, 0.03)
    cell.step(at(cell, GRASP + 0.0005), 0.0, 1.0)
    cell.step(at(cell, GRASP + 0.0005), 1.0, 0.6)
    assert cell.verdict().success is None


def test_pushed_off_its_place_is_out_of_the_box(cell):
    cell.step(at(cell, 0.03, x=-0.045), 0.0, 1.0)
    cell.step(at(cell, GRASP, x=-0.045), 0.0, 1.0)
    cell.step(at(cell, GRASP, x=0.055), 0.0, 2.0)
    assert cell.verdict() == (False, "out of box")


def test_the_fingers_do_not_pass_through_block_or_table(cell):
    overlap = 0.0
    cell.step(at(cell, 0.02, y=0.030), 0.3, 1.0)
    for _ in cell.motion(at(cell, -0.0318, y=0.030), 0.3, 1.0):
        overlap = max([overlap, *(-contact.dist for contact in cell.data.contact)])
    assert cell.max_force > 5
    assert overlap < 1e-4


def test_the_pads_feel_the_squeeze(cell):
    baseline = cell.baseline()
    grasp(cell)
    felt = np.linalg.norm(cell.tactile() - baseline, axis=1)
    assert (felt > 200).all()
