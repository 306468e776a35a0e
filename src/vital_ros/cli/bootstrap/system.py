"""What the operating system has to provide: a compiler, Python's headers and venv, EGL with Mesa for rendering."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from vital_ros.cli.bootstrap.process import SetupError, run

_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
RENDERING = ("libegl1", "libegl-mesa0", "libgl1-mesa-dri", "libopengl0")
EGL_CHECK = """
import ctypes
ctypes.CDLL("libOpenGL.so.0")
egl = ctypes.CDLL("libEGL.so.1")
egl.eglGetProcAddress.restype = ctypes.c_void_p
query = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(
    egl.eglGetProcAddress(b"eglQueryDevicesEXT"))
get_display = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p)(
    egl.eglGetProcAddress(b"eglGetPlatformDisplayEXT"))
egl.eglInitialize.argtypes = [ctypes.c_void_p] * 3
devices, count = (ctypes.c_void_p * 16)(), ctypes.c_int(0)
EGL_PLATFORM_DEVICE_EXT = 0x313F
query(16, devices, ctypes.byref(count))
displays = [get_display(EGL_PLATFORM_DEVICE_EXT, device, None) for device in devices[: count.value]]
raise SystemExit(not any(display and egl.eglInitialize(display, None, None) for display in displays))
"""


def missing() -> dict[str, tuple[str, ...]]:
    """What is missing, by its use, with the Debian packages that bring it."""
    checks = {
        "a C++ compiler": (shutil.which("g++") is not None, ("g++",)),
        "Python's headers": (Path(sysconfig.get_path("include"), "Python.h").is_file(), (f"{_PYTHON}-dev",)),
        "Python's venv module": (find_spec("ensurepip") is not None, (f"{_PYTHON}-venv",)),
        "EGL and Mesa for rendering": (renders(), RENDERING),
    }
    return {use: packages for use, (there, packages) in checks.items() if not there}


def renders() -> bool:
    """Whether an EGL device display can be initialised, which is what MuJoCo does; in a process of its own, since
    libraries that were missing once stay so for a process."""
    return subprocess.run([sys.executable, "-S", "-c", EGL_CHECK], capture_output=True).returncode == 0


def install_missing(log: Path) -> None:
    """Install what is missing with apt where it may; raise SetupError that says what to install."""
    lacking = missing()
    if not lacking:
        return
    packages = [package for needed in lacking.values() for package in needed]
    names = " and ".join(lacking)
    apt = apt_command()
    if apt is None:
        raise SetupError(f"missing: {names}; install with: sudo apt-get install {' '.join(packages)}")
    run("apt-get update", [*apt, "update"], log)
    run("apt-get install", [*apt, "install", "-y", "--no-install-recommends", *packages], log)
    if still := missing():
        raise SetupError(f"missing even after apt-get install {' '.join(packages)}: {' and '.join(still)}")


def apt_command() -> list[str] | None:
    """apt-get with the rights to install, without asking; None where it may not or is not there."""
    if shutil.which("apt-get") is None:
        return None
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    if os.geteuid() == 0:
        return apt
    allowed = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    return ["sudo", "-n", *apt] if allowed else None
