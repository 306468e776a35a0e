"""Commands and their arguments: what exists works, what does not is refused in one line with exit code 2."""

import re
from importlib import import_module

import pytest

from vital_ros.cli import commands, main
from vital_ros.cli.launch_arguments import launch_help, split_arguments
from vital_ros.graph import LAUNCHES, ArgumentError


def refused(capsys, *words):
    """Exit code and the one line of a refusal."""
    try:
        code = main.main(list(words))
    except SystemExit as ended:
        code = ended.code
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return code, lines[0]


def test_launch_commands_are_those_of_the_graph():
    assert [*commands.LAUNCHES, "replay"] == list(LAUNCHES)  # that one is a tool: it takes a bag, not a task


@pytest.mark.parametrize("name", commands.TOOLS)
def test_every_tool_explains_itself(name, capsys):
    assert callable(import_module(f"vital_ros.cli.{name}").run)
    with pytest.raises(SystemExit) as ended:
        main.main([name, "--help"])
    assert ended.value.code == 0
    assert commands.TOOLS[name] in re.sub(r"\s+", " ", capsys.readouterr().out)


@pytest.mark.parametrize("name", commands.LAUNCHES)
def test_every_launch_lists_its_arguments_with_defaults(name, capsys):
    assert main.main([name, "--help"]) == 0
    text = capsys.readouterr().out
    for argument in LAUNCHES[name]:
        default = "required" if argument.default is None else f"default {argument.default or 'empty'}"
        assert re.search(rf"^  {argument.name} +{re.escape(argument.help)} \({default}", text, re.MULTILINE)
    assert launch_help(name) + "\n" == text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["deplyo"], "vital: unknown command 'deplyo'; did you mean 'deploy'?"),
        (["deploy", "tsk:=key_lock"], "vital deploy: unknown argument 'tsk'; did you mean 'task'?"),
        (
            ["deploy", "--task=key_lock"],
            "vital deploy: '--task=key_lock' is no launch argument; "
            "they are written name:=value, for example task:=key_lock",
        ),
        (
            ["test", "--fsat"],
            "./vital test: unknown argument '--fsat'; did you mean '--fast'? (see ./vital test --help)",
        ),
        (["bench", "cel"], "vital bench: unknown benchmark 'cel'; did you mean 'cell'?"),
        (["bench", "start", "--repeats", "0"], "vital bench: --repeats 0: it should be at least 1"),
    ],
)
def test_one_line_names_the_nearest(words, line, capsys):
    assert refused(capsys, *words) == (2, line)


def test_launch_arguments_may_hold_anything_after_the_sign():
    assert split_arguments(["query:=a:=b c", "report:="]) == {"query": "a:=b c", "report": ""}
    with pytest.raises(ArgumentError, match="':=x' is no launch argument"):
        split_arguments([":=x"])
