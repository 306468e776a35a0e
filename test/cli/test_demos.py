"""`./vital demos`, called as the entry script calls it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from vital_ros.bags import EpisodeReader
from vital_ros.cli import demos
from vital_ros.cli.parser import Parser


def call(tool, *arguments):
    parser = Parser(tool.__name__, "")
    tool.add_arguments(parser)
    return tool.run(parser.parse_args([str(argument) for argument in arguments]))


def test_demos_then_nothing_more_to_do(tmp_path, capsys):
    out = tmp_path / "demos"
    assert call(demos, "--task", "key_lock", "-n", 1, "--out", out, "--seed", 9000) == 0
    assert (out / "key_lock_009000" / "metadata.yaml").is_file()
    assert (out / "contact_sheet.png").is_file() and (out / "film.mp4").is_file()
    assert "1 demonstrations" in capsys.readouterr().out
    assert call(demos, "--task", "key_lock", "-n", 1, "--out", out, "--seed", 9000) == 0
    assert "all 1 demonstrations are there already" in capsys.readouterr().out


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_whole_episodes_and_goes_on(tmp_path, how):
    out = tmp_path / "demos"
    command = [sys.executable, "-m", "vital_ros.cli.main", "demos", "--task", "key_lock", "-n", "4", "--out", str(out)]
    process = subprocess.Popen(
        [*command, "--processes", "2"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a suite in the background ignores it
    )
    while not list(out.glob("*/metadata.yaml")):
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, how)
    error = process.communicate(timeout=60)[1]
    assert "Traceback" not in error
    before = {path.parent.name: path.read_bytes() for path in out.glob("*/metadata.yaml")}
    assert 1 <= len(before) < 4
    for name in before:
        assert EpisodeReader(out / name).metadata["success"] is True
    if how == signal.SIGINT:
        assert sorted(path.name for path in out.iterdir()) == sorted(before)
    again = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert f"{len(before)} of them were there" in again.stdout
    names = {path.name for path in out.iterdir() if path.is_dir()}
    assert names == {f"key_lock_{seed:06d}" for seed in range(4)}
    assert all((out / name / "metadata.yaml").read_bytes() == text for name, text in before.items())


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        (demos, ("--task", "kee_lock"), "unknown task 'kee_lock'"),
        (demos, ("--task", "key_lock", "-n", 0), "--count and --processes: at least 1"),
        (demos, ("--task", "key_lock", "--seed", 100_000), "--seed 100000: 0 to 9999"),
    ],
)
def test_bad_arguments_are_one_line_and_exit_code_2(tool, arguments, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call(tool, *arguments) == 2
    error = capsys.readouterr().err.strip()
    assert says in error and "\n" not in error
