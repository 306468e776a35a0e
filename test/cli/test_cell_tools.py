"""`./vital demos` and `./vital eval`, called as the entry script calls them."""

import json

import pytest

from vital_ros.cli import demos, eval
from vital_ros.cli.parser import Parser


def call(tool, *arguments):
    parser = Parser(tool.__name__, "")
    tool.add_arguments(parser)
    return tool.run(parser.parse_args([str(argument) for argument in arguments]))


def test_demos_then_nothing_twice(tmp_path, capsys):
    out = tmp_path / "demos"
    assert call(demos, "--task", "key_lock", "-n", 1, "--out", out, "--seed", 9000) == 0
    assert (out / "key_lock_009000" / "metadata.yaml").is_file()
    assert (out / "contact_sheet.png").is_file() and (out / "film.mp4").is_file()
    assert "1 demonstrations" in capsys.readouterr().out
    assert call(demos, "--task", "key_lock", "-n", 1, "--out", out, "--seed", 9000) == 2
    assert "exists already" in capsys.readouterr().err


def test_eval_writes_report_and_figure(tmp_path, capsys):
    report = tmp_path / "report.json"
    assert call(eval, "--task", "key_lock", "--policy", "expert", "--episodes", 1, "--report", report) == 0
    assert json.loads(report.read_text())["count"] == 1
    assert (tmp_path / "report.png").stat().st_size > 10_000
    assert "1 of 1 succeeded" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        (demos, ("--task", "kee_lock"), "unknown task 'kee_lock'"),
        (demos, ("--task", "key_lock", "-n", 0), "--count 0: at least 1"),
        (demos, ("--task", "key_lock", "--seed", 100_000), "--seed 100000: 0 to 9999"),
        (eval, ("--task", "kee_lock", "--policy", "expert"), "did you mean 'key_lock'?"),
        (eval, ("--task", "key_lock", "--policy", "expert", "--episodes", 0), "at least 1"),
        (eval, ("--task", "key_lock", "--policy", "no_such"), "no policy at"),
        (eval, ("--task", "key_lock", "--policy", "expert", "--appearance", "none.yaml"), "cannot be read"),
        (eval, ("--task", "key_lock", "--config", "nowhere"), "does not exist"),
    ],
)
def test_bad_arguments_are_one_line_and_exit_code_2(tool, arguments, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call(tool, *arguments) == 2
    error = capsys.readouterr().err.strip()
    assert says in error and "\n" not in error
