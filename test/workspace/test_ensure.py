"""The set-up runs what is missing, resumes after an interruption, and never runs twice at a time."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from vital_ros.cli.bootstrap import ensure as module
from vital_ros.cli.bootstrap.process import SetupError
from vital_ros.cli.bootstrap.steps import Step
from vital_ros.cli.bootstrap.workspace import Workspace

SOURCES = Path(__file__).parents[2] / "src"


@pytest.fixture
def setup(tmp_path, monkeypatch):
    """`setup(venv="1", packages="1")` runs two steps made from these; its `ran` and `failing` are lists of names."""

    def run(**made_from):
        plan = [Step(name, name, made, lambda name=name: do(name)) for name, made in made_from.items()]
        monkeypatch.setattr(module, "steps", lambda workspace, tests=False: plan)
        module.ensure(run.workspace)

    def do(name):
        run.workspace.python.parent.mkdir(parents=True, exist_ok=True)
        run.workspace.python.touch()
        run.ran.append(name)
        if name in run.failing:
            raise SetupError(f"{name} failed")

    run.workspace, run.ran, run.failing = Workspace(tmp_path), [], []
    return run


def test_every_step_once_in_order_then_none(setup, capsys):
    setup(venv="1", packages="1")
    assert setup.ran == ["venv", "packages"]
    progress = capsys.readouterr().err.splitlines()
    assert progress == ["[1/2] venv: done in 0 s", "[2/2] packages: done in 0 s"]
    setup(venv="1", packages="1")
    assert setup.ran == ["venv", "packages"]
    assert capsys.readouterr().err == ""


def test_only_what_changed_runs_again(setup):
    setup(venv="1", packages="1")
    setup(venv="1", packages="2")
    assert setup.ran == ["venv", "packages", "packages"]


def test_goes_on_where_it_was_interrupted(setup):
    setup.failing.append("packages")
    with pytest.raises(SetupError, match="packages failed"):
        setup(venv="1", packages="1", interfaces="1")
    setup.failing.clear()
    setup(venv="1", packages="1", interfaces="1")
    assert setup.ran == ["venv", "packages", "packages", "interfaces"]


def test_a_failed_renewal_does_not_leave_the_old_stamp(setup):
    setup(packages="1")
    setup.failing.append("packages")
    with pytest.raises(SetupError):
        setup(packages="2")
    setup.failing.clear()
    setup(packages="1")
    assert setup.ran == ["packages"] * 3


def test_a_deleted_environment_is_made_again_with_all_that_was_in_it(setup):
    setup(venv="1", packages="1")
    setup.workspace.python.unlink()
    setup(venv="1", packages="1")
    assert setup.ran == ["venv", "packages"] * 2


def test_two_starts_at_once_set_up_once(tmp_path):
    """The second waits for the lock, then finds the step done."""
    program = textwrap.dedent("""
        import pathlib, sys, time
        from vital_ros.cli.bootstrap import ensure
        from vital_ros.cli.bootstrap.steps import Step
        from vital_ros.cli.bootstrap.workspace import Workspace

        def step():
            with open(sys.argv[1] + "/ran", "a") as file:
                file.write("x")
            workspace.python.parent.mkdir(parents=True)
            workspace.python.touch()
            time.sleep(0.5)

        workspace = Workspace(pathlib.Path(sys.argv[1]))
        ensure.steps = lambda workspace, tests=False: [Step("venv", "venv", "1", step)]
        ensure.ensure(workspace)
    """)
    command = [sys.executable, "-c", program, str(tmp_path)]
    starts = [subprocess.Popen(command, env={"PYTHONPATH": str(SOURCES)}) for _ in range(3)]
    assert [start.wait(60) for start in starts] == [0, 0, 0]
    assert (tmp_path / "ran").read_text() == "x"


def test_another_clones_environment_is_left_alone(setup, tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / ".vital").symlink_to(tmp_path / "theirs")
    with pytest.raises(SetupError, match="is a link"):
        setup(venv="1")
    assert setup.ran == []
