"""The entry script itself: what it refuses before anything is installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path):
    """A clone in which nothing is set up; its programs are only the shell's and this Python."""
    shutil.copy(ROOT / "vital", tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/vital_ros").symlink_to(ROOT / "src/vital_ros")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("dirname", "readlink", "sh", "env"):
        (programs / name).symlink_to(shutil.which(name))
    return tmp_path


def python(clone, script):
    file = clone / "bin/python3"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def vital(clone, *arguments):
    environment = {"PATH": str(clone / "bin")}
    return subprocess.run([clone / "vital", *arguments], env=environment, capture_output=True, text=True, timeout=60)


def good_python(clone):
    python(clone, f'exec {os.path.realpath(sys.executable)} "$@"')


@pytest.mark.parametrize("version", ["3.9.18", "3.13.0"])
def test_another_python_is_named_with_the_remedy(clone, version):
    python(clone, f'case $2 in *platform*) echo "python3 is {version}";; *) exit 1;; esac')
    ended = vital(clone, "deploy", "task:=key_lock")
    assert ended.returncode == 1
    assert ended.stderr == (
        f"vital: Python 3.10, 3.11 or 3.12 is needed and python3 is {version}; "
        "install python3.11 or set VITAL_PYTHON=/path/to/python3.11\n"
    )


def test_no_python_at_all(clone):
    ended = vital(clone, "doctor")
    assert ended.returncode == 1
    assert "and there is no python3;" in ended.stderr


def test_help_needs_no_set_up(clone):
    good_python(clone)
    ended = vital(clone, "--help")
    assert ended.returncode == 0
    assert "deploy" in ended.stdout
    assert not (clone / ".vital").exists()


def test_unknown_command_is_refused_before_any_set_up(clone):
    good_python(clone)
    ended = vital(clone, "deplyo", "task:=key_lock")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "vital: unknown command 'deplyo'; did you mean 'deploy'?\n"
    assert not (clone / ".vital").exists()


def test_no_command_shows_the_usage(clone):
    good_python(clone)
    assert vital(clone).returncode == 2


def test_a_dangling_environment_is_passed_over(clone):
    """The Python it was made with has been removed: the next good one is taken."""
    good_python(clone)
    interpreter = clone / ".vital/venv/bin/python"
    interpreter.parent.mkdir(parents=True)
    interpreter.symlink_to("/nowhere/python3.11")
    assert vital(clone, "--help").returncode == 0


def test_the_bootstrap_imports_the_standard_library_alone(clone):
    program = """
        import sys
        from vital_ros.cli.bootstrap import __main__
        names = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
        print(*sorted(names - {"__main__", "vital_ros", "__mp_main__"}))
    """
    command = [sys.executable, "-S", "-c", "\n".join(line.strip() for line in program.splitlines())]
    found = subprocess.run(command, env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=True)
    assert found.stdout.strip() in ("", "sitecustomize")
