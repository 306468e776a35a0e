"""`./vital eval`, called as the entry script calls it."""

import json

import pytest

from vital_ros.cli import eval
from vital_ros.cli.parser import Parser


def call(*arguments):
    parser = Parser("./vital eval", "")
    eval.add_arguments(parser)
    return eval.run(parser.parse_args([str(argument) for argument in arguments]))


def test_report_figure_and_summary(tmp_path, capsys):
    report = tmp_path / "new" / "report.json"
    condition = ("--condition", "spatial", "--processes", 1)
    assert call("--task", "key_lock", "--policy", "expert", "--episodes", 4, "--report", report, *condition) == 0
    read = json.loads(report.read_text())
    assert (read["count"], read["successes"], read["causes"]) == (4, 4, {"success": 4})
    assert [(c["scene"], c["place"], c["trials"]) for c in read["combinations"]] == [
        ("green_sheet", "left", 2),
        ("green_sheet", "right", 1),
        ("green_sheet", "far", 1),
    ]
    assert [e["place"] for e in read["episodes"]] == ["left", "right", "far", "left"]
    assert read["settings"]["condition"] == "spatial" and 0.5 < read["interval_95"][0] < 0.6
    assert (tmp_path / "new/report.png").stat().st_size > 10_000
    said = capsys.readouterr().out
    assert "green_sheet, left: 2 of 2" in said and "4 of 4 succeeded" in said


def test_a_scene_of_ones_own(tmp_path, capsys):
    (tmp_path / "mine.yaml").write_text("title: Mine\nappearance: {table: [0.5, 0.5, 0.5]}\n")
    report = tmp_path / "report.json"
    assert call("--task", "key_lock", "--policy", "expert", "--episodes", 1, "--scene", tmp_path / "mine.yaml",
                "--report", report, "--expert-error", 3) == 0  # fmt: skip
    read = json.loads(report.read_text())
    assert read["episodes"][0]["scene"] == "mine" and read["settings"]["expert_error_mm"] == 3
    assert "0 of 1 succeeded; " in capsys.readouterr().out


def test_the_whole_pipeline_with_the_registered_object(tmp_path, capsys):
    report = tmp_path / "report.json"
    assert call("--task", "key_lock", "--policy", "expert", "--episodes", 1, "--seed", 50_000, "--pipeline",
                "--report", report) == 0  # fmt: skip
    read = json.loads(report.read_text())
    assert (read["successes"], read["stages"]) == (1, {"pointing": 0, "depth": 0, "reach": 0, "policy": 0})
    settings, (episode,) = read["settings"], read["episodes"]
    assert (settings["condition"], settings["pointer"]) == ("reaching", "registered")
    assert 0 < episode["localization_error"] < settings["depth_error"] == 0.010
    assert (episode["place"], episode["cause"]) == ("near left", "success")
    said = capsys.readouterr().out
    assert "failures began at: pointing 0, depth 0, reach 0, policy 0" in said and "localised within: median" in said


def test_scene_excludes_condition(capsys):
    with pytest.raises(SystemExit) as end:
        call("--task", "key_lock", "--scene", "x.yaml", "--condition", "spatial")
    error = capsys.readouterr().err.strip()
    assert end.value.code == 2 and "not allowed with argument --scene" in error and "\n" not in error


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--task", "kee_lock"), "did you mean 'key_lock'?"),
        (("--task", "key_lock", "--episodes", 0), "at least 1"),
        (("--task", "key_lock", "--processes", 0), "at least 1"),
        (("--task", "key_lock", "--seed", -1), "--seed -1: at least 0"),
        (("--task", "key_lock", "--condition", "spacial"), "unknown condition 'spacial'; "),
        (("--task", "key_lock", "--scene", "none.yaml"), "none.yaml: cannot be read"),
        (("--task", "key_lock", "--config", "nowhere"), "does not exist"),
        (("--task", "key_lock", "--report", "/proc/none/report.json"), "cannot write to /proc/none"),
    ],
)
def test_bad_arguments_are_one_line_and_exit_code_2(arguments, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call("--policy", "expert", *arguments) == 2
    error = capsys.readouterr().err.strip()
    assert says in error and "\n" not in error


def test_an_unknown_policy_and_an_error_that_is_not_the_experts(capsys):
    assert call("--task", "key_lock", "--policy", "no_such") == 2
    assert "no policy at" in capsys.readouterr().err
    assert call("--task", "key_lock", "--policy", "vital_bc", "--expert-error", 1) == 2
    assert "goes with --policy expert only" in capsys.readouterr().err
