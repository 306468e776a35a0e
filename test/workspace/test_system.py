"""System libraries: installed with apt where it may, otherwise one line that says what to install."""

import os
import stat

import pytest

from vital_ros.cli.bootstrap import system
from vital_ros.cli.bootstrap.process import SetupError, run


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """`programs(name="shell script")` are then the only programs there are."""
    directory = tmp_path / "bin"
    directory.mkdir()
    (directory / "env").symlink_to("/usr/bin/env")
    monkeypatch.setenv("PATH", str(directory))

    def install(**scripts):
        for name, script in scripts.items():
            file = directory / name.replace("_", "-")
            file.write_text(f"#!/bin/sh\n{script}\n")
            file.chmod(file.stat().st_mode | stat.S_IXUSR)

    return install


@pytest.fixture
def no_egl(monkeypatch):
    monkeypatch.setattr(system, "missing", lambda: {"EGL and Mesa for rendering": system.RENDERING})


def test_without_apt_one_line_says_what_to_install(programs, no_egl, tmp_path):
    with pytest.raises(SetupError) as refused:
        system.install_missing(tmp_path / "log")
    assert str(refused.value) == (
        "missing: EGL and Mesa for rendering; "
        "install with: sudo apt-get install libegl1 libegl-mesa0 libgl1-mesa-dri libopengl0"
    )


def test_without_the_right_to_install_it_is_not_tried(programs, no_egl, monkeypatch, tmp_path):
    programs(apt_get="touch called", sudo="exit 1")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SetupError, match="sudo apt-get install libegl1"):
        system.install_missing(tmp_path / "log")
    assert not (tmp_path / "called").exists()


def test_sudo_that_asks_for_no_password_is_used(programs, monkeypatch):
    programs(apt_get="", sudo="exit 0")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert system.apt_command() == ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]


def test_apt_installs_what_is_missing(programs, monkeypatch, tmp_path):
    called = tmp_path / "called"
    programs(apt_get=f'echo "$@" >> {called}')
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(system, "missing", lambda: {} if called.exists() else {"a C++ compiler": ("g++",)})
    system.install_missing(tmp_path / "log")
    assert called.read_text() == "update\ninstall -y --no-install-recommends g++\n"


def test_apt_that_fails_is_quoted(programs, no_egl, monkeypatch, tmp_path):
    programs(apt_get='echo "E: Unable to fetch some archives"; echo done; exit 100')
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(
        SetupError, match=r"apt-get update failed: E: Unable to fetch some archives \(whole output: .*log\)"
    ):
        system.install_missing(tmp_path / "log")


def test_compiler_and_egl_are_found_missing(programs, monkeypatch):
    monkeypatch.setattr(system, "EGL_CHECK", 'import ctypes; ctypes.CDLL("libthereisnone.so")')
    assert {"a C++ compiler", "EGL and Mesa for rendering"} <= set(system.missing())
    assert not system.renders()


def test_this_machine_has_everything():
    assert system.missing() == {}


def test_a_failing_program_quotes_only_itself(tmp_path):
    log = tmp_path / "log"
    run("first", ["sh", "-c", "echo ERROR: an older failure"], log)
    with pytest.raises(SetupError, match="second failed: no output"):
        run("second", ["sh", "-c", "exit 3"], log)
