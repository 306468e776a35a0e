"""The results table from reports: ours beside the paper's."""

import json

import pytest

from vital_ros.evaluation.paper import TASKS, Count, paper_count
from vital_ros.evaluation.results import contact_table, find, read_cells, success_table
from vital_ros.evaluation.results_figure import results_figure


@pytest.fixture
def folder(tmp_path):
    def write(task, policy, condition, execution, successes, errors):
        settings = {"task": task, "policy": f"models/{task}/{policy}", "condition": condition}
        settings |= {"execution": execution, "own_execution": execution == "newest", "seed": 100000}
        report = {"settings": settings, "successes": successes, "count": 30}
        report["episodes"] = [{"contact_error": error} for error in errors]
        (tmp_path / f"{task}_{policy}_{condition}_{execution}.json").write_text(json.dumps(report))

    write("key_lock", "vital_bc", "in_domain", "newest", 21, [0.001, 0.002, None, 0.003])
    write("key_lock", "vital_bc", "in_domain", "ensemble", 9, [None])
    write("key_lock", "vital_bc", "scene", "newest", 20, [])
    write("pick_block", "vital_bc", "in_domain", "newest", 30, [])
    return tmp_path


def test_the_papers_counts():
    assert paper_count("vital_bc", "in_domain", "key_lock") == Count(5, 10)
    assert paper_count("vital", "combined", "plug_socket") == Count(29, 30)
    assert paper_count("vital_bc", "scene", "pick_block") is None  # judged in domain only
    assert paper_count("vital_bc", "yaw", "key_lock") is None
    means = [sum(paper_count(p, "in_domain", t).successes for t in TASKS[:4]) for p in ("vital", "vital_bc")]
    assert means == [37, 21]  # of 40: the 40 points of the abstract


def test_cells_are_read_with_their_spread(folder):
    cells = read_cells(folder)
    cell = find(cells, "key_lock", "vital_bc", "in_domain", "newest")
    assert cell.count == Count(21, 30)
    assert cell.contact_mm == pytest.approx((2.0, 2.8))
    assert find(cells, "key_lock", "vital_bc", "in_domain", "ensemble").contact_mm is None
    assert find(cells, "key_lock", "baku", "in_domain", "newest") is None


def test_tables(folder):
    cells = read_cells(folder)
    table = success_table(cells, ["key_lock", "pick_block"], "newest").splitlines()
    assert table[2] == "| vital_bc | in_domain | **21/30** (5/10) | **30/30** (10/10) | 85 % |"
    assert table[3] == "| vital_bc | scene | **20/30** (17/30) |  |  |"  # no mean of half a row
    assert len(table) == 4
    assert success_table(cells, ["key_lock", "pick_block"], "own").splitlines() == table
    assert "**9/30**" in success_table(cells, ["key_lock"], "ensemble")
    rows = contact_table(cells).splitlines()[2:]
    assert "| key_lock | vital_bc | ensemble | 9/30 | 17-48 % | never arrived |  |" in rows
    assert "| key_lock | vital_bc | newest | 21/30 | 52-83 % | 2.00 mm | 2.80 mm |" in rows


def test_figure(folder, tmp_path):
    results_figure(tmp_path / "results.png", read_cells(folder), TASKS, "newest")
    assert (tmp_path / "results.png").stat().st_size > 10_000
