"""`./vital eval`, called as the entry script calls it."""

import json
from pathlib import Path

import pytest

from vital_ros.cli import eval
from vital_ros.cli.parser import Parser
from vital_ros.evaluation import graph_trials
from vital_ros.evaluation.trials import Trials


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


def test_the_whole_pipeline_through_the_graph(tmp_path, capsys, monkeypatch):
    """The same lines and the same report; here of a localizer that finds nothing."""

    def pretend(arguments):
        phases = {"localize": 0.2, "reach": 0.0, "policy": 0.0}
        told = {"seed": int(arguments["seed"]), "outcome": "error", "reason": "not found", "episode_id": "", "steps": 0}
        episode = told | {"phases": phases, "skipped": 0, "max_force": None}
        (Path(arguments["run_dir"]) / "report.json").write_text(json.dumps({"episodes": [episode]}))

    monkeypatch.setattr(graph_trials, "deploy", pretend)
    report = tmp_path / "report.json"
    assert call("--task", "key_lock", "--episodes", 2, "--seed", 50_000, "--pipeline", "--graph", "--report", report,
                "--run-dir", tmp_path / "runs") == 0  # fmt: skip
    read = json.loads(report.read_text())
    assert (read["successes"], read["stages"]) == (0, {"pointing": 2, "depth": 0, "reach": 0, "policy": 0})
    assert (read["causes"], read["skipped_ticks"]) == ({"pointing: no answer": 2}, 0)
    assert [(e["seed"], e["place"]) for e in read["episodes"]] == [(50_000, "near left"), (50_001, "near right")]
    settings = read["settings"]
    assert (settings["through"], settings["pointer"], settings["condition"]) == ("graph", "registered", "reaching")
    assert (settings["hand_eye_offset"], settings["depth_error"]) == (0.0, 0.010)
    assert (tmp_path / "report.png").exists() and (tmp_path / "runs/seed_50001/scene.yaml").exists()
    said = capsys.readouterr().out
    assert "0 of 2 succeeded; pointing: no answer 2" in said and "failures began at: pointing 2, depth 0" in said
    assert "ticks late by: none; 0 skipped" in said
    assert call("--task", "key_lock", "--pipeline", "--graph", "--run-dir", tmp_path / "runs") == 2
    assert capsys.readouterr().err.strip() == f"vital eval: --run-dir {tmp_path / 'runs'}: it should be empty"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--graph",), "--graph goes with --pipeline only"),
        (("--graph", "--pipeline", "--processes", 2), "--processes does not go with --graph"),
        (("--graph", "--pipeline", "--videos", "videos"), "--videos does not go with --graph"),
        (("--graph", "--pipeline", "--policy", "expert"), "--policy expert does not go with --graph"),
        (("--graph", "--pipeline", "--expert-error", 1), "--expert-error goes with --policy expert only"),
        (("--graph", "--pipeline", "--real-time-factor", 0), "it should be at least 0.05"),
        (("--graph", "--pipeline", "--policy", "no_such"), "no policy at"),
        (("--pipeline", "--real-time-factor", 0.5), "--real-time-factor goes with --graph only"),
        (("--pipeline", "--run-dir", "run"), "--run-dir goes with --graph only"),
    ],
)
def test_what_does_not_go_with_the_graph_is_refused(arguments, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call("--task", "key_lock", *arguments) == 2
    error = capsys.readouterr().err.strip()
    assert says in error and "\n" not in error and not list(tmp_path.iterdir())


def test_ctrl_c_is_one_line(monkeypatch, capsys):
    def interrupted(trials, index):
        raise KeyboardInterrupt

    monkeypatch.setattr(Trials, "__call__", interrupted)
    assert call("--task", "key_lock", "--policy", "expert", "--processes", 1) == 130
    assert capsys.readouterr().err.strip() == "vital eval: interrupted"


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
