"""A cell for trials."""

import pytest

from vital_ros.config import load_config
from vital_ros.sim import Cell


@pytest.fixture(scope="module")
def config():
    return load_config()


@pytest.fixture(scope="module")
def cell(config):
    cell = Cell("key_lock", config)
    yield cell
    cell.close()
