"""`./vital demos`, called as the entry script calls it."""

import pytest

from vital_ros.cli import demos
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


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        (demos, ("--task", "kee_lock"), "unknown task 'kee_lock'"),
        (demos, ("--task", "key_lock", "-n", 0), "--count 0: at least 1"),
        (demos, ("--task", "key_lock", "--seed", 100_000), "--seed 100000: 0 to 9999"),
    ],
)
def test_bad_arguments_are_one_line_and_exit_code_2(tool, arguments, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call(tool, *arguments) == 2
    error = capsys.readouterr().err.strip()
    assert says in error and "\n" not in error
