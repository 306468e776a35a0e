"""`./vital results`: which cells it plays, and where it writes what they show."""

import json

import pytest

from vital_ros.cli import results
from vital_ros.cli.parser import Parser
from vital_ros.config import NetworkConfig, load_config
from vital_ros.policy import ActionSpec, Card, load_card, save_checkpoint
from vital_ros.policy.contract import observation_contract
from vital_ros.policy.network import VisuoTactilePolicy


def call(*arguments):
    parser = Parser("./vital results", "")
    results.add_arguments(parser)
    return results.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.fixture
def models(tmp_path):
    spec, config = observation_contract(load_config()), NetworkConfig(width=16, layers=1, heads=2)
    card = Card(task="key_lock", policy="visk", network=config, observation=spec, action=ActionSpec(frame="tool",
                translation_scale=0.005, rotation_scale=0.05))  # fmt: skip
    save_checkpoint(tmp_path / "models/key_lock/visk", VisuoTactilePolicy(config, spec.tactile_values), card)
    return tmp_path / "models"


@pytest.fixture
def cell(models, tmp_path):
    """One cell, as if played before."""
    settings = {"task": "key_lock", "policy": "x/visk", "condition": "scene", "execution": "newest", "seed": 100000}
    settings |= {"weights_sha256": load_card(models / "key_lock/visk").weights_sha256, "episodes": 2}
    settings["own_execution"] = True
    report = {"settings": settings, "count": 2, "successes": 1}
    report["episodes"] = [{"contact_error": 0.001}, {"contact_error": 0.003}]
    path = tmp_path / "out/key_lock_visk_scene_newest.json"
    path.parent.mkdir()
    path.write_text(json.dumps(report))
    return path


def arguments(models, cell, episodes=2):
    return ("--tasks", "key_lock", "--policies", "visk", "--models", models, "--conditions", "scene",
            "--episodes", episodes, "--out", cell.parent, "--processes", 1)  # fmt: skip


def test_a_cell_played_before_is_not_played_again_and_goes_into_page_and_card(models, cell, tmp_path, capsys):
    before = cell.read_bytes()
    assert call(*arguments(models, cell), "--cards", "--page", tmp_path / "page") == 0
    assert cell.read_bytes() == before
    assert "| visk | scene | **1/2** (0/30) | 50 % |" in capsys.readouterr().out
    assert "**1/2**" in (tmp_path / "page.md").read_text() and (tmp_path / "page.png").stat().st_size > 10_000
    (entry,) = load_card(models / "key_lock/visk").measured["evaluations"]
    assert (entry["successes"], entry["episodes"], entry["first_seed"], entry["where"]) == (1, 2, 100000, "in-process")
    assert entry["details"] == {"contact_median_mm": 2.0, "contact_p90_mm": 2.8}


def test_another_number_of_episodes_is_played_anew(models, cell):
    assert call(*arguments(models, cell, episodes=1)) == 0
    report = json.loads(cell.read_text())
    assert (report["count"], report["settings"]["episodes"]) == (1, 1) and len(report["episodes"]) == 1


def test_missing_weights_are_named_after_the_others_were_done(models, cell, capsys):
    assert call(*arguments(models, cell), "--policies", "visk", "baku") == 2
    captured = capsys.readouterr()
    assert "no weights of key_lock/baku in" in captured.err and "**1/2**" in captured.out


def test_cells_of_other_weights_do_not_get_into_the_table(models, cell, capsys):
    other = json.loads(cell.read_text())
    other["settings"] |= {"condition": "combined", "weights_sha256": "of a training before"}
    (cell.parent / "key_lock_visk_combined_newest.json").write_text(json.dumps(other))
    assert call(*arguments(models, cell)) == 0
    said = capsys.readouterr().out
    assert "left out, of other weights: key_lock visk combined newest" in said
    assert "| visk | scene |" in said and "| visk | combined |" not in said


def test_a_torn_report_is_played_anew_and_a_foreign_file_is_named(models, cell, capsys):
    cell.write_text(cell.read_text()[:50])
    assert call(*arguments(models, cell, episodes=1)) == 0
    assert json.loads(cell.read_text())["count"] == 1
    (cell.parent / "bench.json").write_text("{}")
    assert call(*arguments(models, cell, episodes=1)) == 2
    assert "bench.json: not a report of ./vital eval" in capsys.readouterr().err
