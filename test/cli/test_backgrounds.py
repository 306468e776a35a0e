"""`./vital backgrounds`, from arguments to pictures and exit codes."""

import sys

import pytest

from vital_ros.cli import backgrounds
from vital_ros.cli.parser import Parser


def call(*arguments):
    parser = Parser("./vital backgrounds", "")
    backgrounds.add_arguments(parser)
    return backgrounds.run(parser.parse_args([str(argument) for argument in arguments]))


def test_a_folder_to_look_at(tmp_path, capsys):
    assert call("--out", tmp_path / "new", "-n", 2) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'new'}: 2 pictures\n"
    assert call("--out", tmp_path / "new", "-n", 3) == 0
    assert "3 pictures, 2 of them were there" in capsys.readouterr().out
    assert len(list((tmp_path / "new").glob("*.png"))) == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-n", "0"], "--count 0: at least 1"),
        (["--seed", "-1"], "--seed -1: at least 0"),
        (["--model", "x"], "--model x: procedural has no weights"),
        (["--option", "steps=3"], "--option steps: procedural has no options"),
        (["--generator", "roboengine"], "install a checkout of michaelyuancb/roboengine"),
        (["--generator", "roboengine", "--option", "method=black"], "method = 'black': it should be 'engine' or"),
        (["--generator", "roboengine", "--option", "step=3"], "unknown key 'step'; allowed here: method, tabletop"),
    ],
)
def test_arguments_that_cannot_be_used(tmp_path, capsys, words, told, monkeypatch):
    monkeypatch.setitem(sys.modules, "robo_engine", None)  # not installed
    assert call("--out", tmp_path / "new", *words) == 2
    error = capsys.readouterr().err
    assert error.startswith("vital backgrounds: ") and told in error and error.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_a_place_that_is_no_folder(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert call("--out", tmp_path / "file", "-n", 1) == 2
    assert "file: File exists" in capsys.readouterr().err
