"""`./vital test`: runs everything, whatever fails, and says so by its exit code."""

import argparse

import pytest

from vital_ros.cli import test as command


@pytest.fixture
def ran(monkeypatch):
    """The modules that were run; those in `ran.failing` fail."""

    class Ran(list):
        failing: tuple[str, ...] = ()

    calls = Ran()

    def module(*words):
        calls.append(words)
        return int(words[0] in calls.failing)

    monkeypatch.setattr(command, "_module", module)
    return calls


def run(fast=False, faults=False, pytest=()):
    return command.run(argparse.Namespace(fast=fast, faults=faults, pytest=list(pytest)))


def test_lint_types_and_tests_with_pytest_last(ran):
    assert run() == 0
    assert [words[0] for words in ran] == ["ruff", "ruff", "mypy", "pytest"]


@pytest.mark.parametrize("broken", ["ruff", "mypy", "pytest"])
def test_any_failure_fails_but_pytest_still_runs(ran, broken):
    ran.failing = (broken,)
    assert run() == 1
    assert ran[-1] == ("pytest",)


def test_the_faults_are_left_out_wherever_pytest_is_started():
    assert "-m 'not faults'" in (command.ROOT / "pyproject.toml").read_text()


def test_fast_and_arguments_for_pytest(ran):
    run(fast=True, pytest=["test/arm", "-k", "gate"])
    assert ran[-1] == ("pytest", "--ignore=test/graph", "-m", "not slow and not faults", "test/arm", "-k", "gate")


def test_the_faults_are_asked_for(ran):
    run(faults=True)
    assert ran[-1] == ("pytest", "test/graph", "-m", "faults")
