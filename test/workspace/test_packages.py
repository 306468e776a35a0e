"""What pip is asked to install, and what it refuses."""

import sys
import zipfile
from hashlib import sha256

import pytest

from vital_ros.cli.bootstrap.packages import install_constrained, install_locked, install_wheels
from vital_ros.cli.bootstrap.process import SetupError
from vital_ros.cli.bootstrap.workspace import Workspace

LOCKED = "--require-hashes --no-deps --no-build-isolation -r"


@pytest.fixture
def workspace(tmp_path):
    """Its environment's Python is a script of one line: `workspace.python.write_text(…)`."""
    made = Workspace(tmp_path)
    made.python.parent.mkdir(parents=True)
    made.python.touch(0o755)
    return made


def calls(workspace, install, torch_cpu=""):
    """What pip is called with; `torch_cpu`: what it says when it fails to install that lock."""
    log = workspace.root / "calls"
    fails = f'case "$*" in *torch-cpu.txt) echo "{torch_cpu}"; exit 1;; esac' if torch_cpu else ""
    workspace.python.write_text(f'#!/bin/sh\necho "$*" >> "{log}"\n{fails}\n')
    install(workspace)
    begin = "-m pip install --disable-pip-version-check --no-input "
    return [line.removeprefix(begin).replace(f"{workspace.root}/", "") for line in log.read_text().splitlines()]


def from_locks(workspace):
    names = ("build.txt", "packages.txt", "torch-cpu.txt", "torch-cuda.txt")
    install_wheels(workspace, *(workspace.root / name for name in names))


def test_everything_is_hashed_and_what_builds_comes_first(workspace):
    assert calls(workspace, from_locks) == [f"{LOCKED} {name}.txt" for name in ("build", "packages", "torch-cpu")]


def test_the_cuda_build_where_pip_finds_no_cpu_build(workspace):
    said = "ERROR: No matching distribution found for torch==2.13.0+cpu"
    assert calls(workspace, from_locks, said)[-2:] == [f"{LOCKED} torch-cpu.txt", f"{LOCKED} torch-cuda.txt"]


def test_a_cpu_build_with_another_hash_is_not_passed_over(workspace):
    with pytest.raises(SetupError, match="DO NOT MATCH"):
        calls(workspace, from_locks, "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES")


def test_a_distribution_has_constraints_and_no_hashes(workspace):
    def install(workspace):
        constraints, wanted, bare = (workspace.root / name for name in ("constraints", "wanted", "bare"))
        install_constrained(workspace, "packages", constraints, wanted, bare)

    assert calls(workspace, install) == ["-c constraints -r wanted", "-c constraints --no-deps -r bare"]


@pytest.fixture
def gripper(workspace, monkeypatch):
    """A wheel that the real pip finds, and would install into a folder of the test; it depends on what nobody has."""
    workspace.python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    wheel = workspace.root / "gripper-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("gripper.py", "")
        for name, text in (
            ("METADATA", "Name: gripper\nVersion: 1.0\nRequires-Dist: finger\n"),
            ("WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
            ("RECORD", ""),
        ):
            archive.writestr(f"gripper-1.0.dist-info/{name}", text)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(workspace.root))
    monkeypatch.setenv("PIP_TARGET", str(workspace.root / "to"))
    return wheel


def lock(workspace, hashed):
    file = workspace.root / "lock.txt"
    file.write_text(f"gripper==1.0 \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{hashed}\n")
    return file


def test_one_of_several_hashes_is_enough(workspace, gripper):
    install_locked(workspace, "packages", lock(workspace, sha256(gripper.read_bytes()).hexdigest()))
    assert (workspace.root / "to/gripper.py").is_file()


def test_another_file_is_refused_in_one_line_that_names_the_log(workspace, gripper):
    with pytest.raises(SetupError) as stopped:
        install_locked(workspace, "packages", lock(workspace, "1" * 64))
    log = workspace.logs / "packages.log"
    assert "DO NOT MATCH THE HASHES" in str(stopped.value) and str(log) in str(stopped.value)
    assert "\n" not in str(stopped.value)
    assert "gripper==1.0" in log.read_text()
    assert not (workspace.root / "to").exists()
