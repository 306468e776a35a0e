"""Cells are built once per session and reset by the tests that use them."""

import pytest

from vital_ros.config import load_config
from vital_ros.geometry import Pose
from vital_ros.sim import Cell, CellConfig
from vital_ros.sim.config import GripConfig, Imperfections

FLAWLESS = Imperfections(
    grasp_offset=0,
    grasp_tilt=0,
    fixture_offset=0,
    servo_delay=(0, 0),
    friction=(1, 1),
    camera_latency=(0, 0),
    skins=1,
    image_noise=0,
    depth_noise=0,
    depth_holes=0,
)
DOWN = (1, 0, 0, 0)


@pytest.fixture(scope="session")
def config():
    return load_config()


@pytest.fixture(scope="session")
def real_cell(config):
    """With every imperfection."""
    cell = Cell("key_lock", config)
    yield cell
    cell.close()


@pytest.fixture(scope="session")
def flawless(config):
    """By a task's name: its cell without imperfections."""
    cells = {}

    def cell(task):
        if task not in cells:
            cells[task] = Cell(task, config, settings=CellConfig(imperfections=FLAWLESS))
        return cells[task]

    yield cell
    for cell in cells.values():
        cell.close()


@pytest.fixture(scope="session")
def flawless_cell(flawless):
    return flawless("key_lock")


@pytest.fixture(scope="session")
def firm(config):
    """By a task's name: its cell without imperfections, with a grip that never slips."""
    cells = {}

    def cell(task):
        if task not in cells:
            settings = CellConfig(imperfections=FLAWLESS, grip=GripConfig(slip=1.0, slip_twist=3.0))
            cells[task] = Cell(task, config, settings=settings)
        return cells[task]

    return cell


@pytest.fixture(scope="session")
def firm_cell(firm):
    return firm("key_lock")


@pytest.fixture
def above():
    """Tool pointing down, its tip `height` m above the face and `x`, `y` m beside the keyhole, in link_base."""

    def pose(cell, x=0.0, y=0.0, height=0.05):
        return cell.nominal @ Pose((x, y, cell.task.tip[2] + height), DOWN)

    return pose
