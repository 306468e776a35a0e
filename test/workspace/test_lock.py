"""The locks: all that is asked for, at the versions of constraints.txt, with hashes."""

import re
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "lock").glob("*.txt"))
PYTHONS = ("3.10", "3.11", "3.12")
UPDATE = "run lock/update"


def environment(python):
    return {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": "linux", "extra": ""}


def pins(file, python):
    """Version by name of what a file asks for on this Python; empty where it says none."""
    lines = (line.split(" \\")[0].split("#")[0] for line in file.read_text().splitlines())
    asked = [Requirement(line) for line in lines if line and not line.startswith((" ", "-"))]
    here = [one for one in asked if one.marker is None or one.marker.evaluate(environment(python))]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in here}


def locked(python, *names):
    return {name: pin for lock in names for name, pin in pins(ROOT / f"lock/{lock}.txt", python).items()}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_entry_is_one_version_with_hashes_and_no_address(lock):
    text = re.sub(r"^#.*\n", "", lock.read_text(), flags=re.MULTILINE)
    entries = re.split(r"\n(?=\S)", text.strip())
    for entry in entries:
        assert re.fullmatch(r"[\w.-]+==[\w.+]+( ; [^\\\n]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+", entry), entry


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("torch", ["torch-cpu", "torch-cuda"])
def test_every_requirement_is_locked(python, torch):
    base, neural = locked(python, "packages", torch), locked(python, "packages", torch, "neural")
    for file in ROOT.glob("requirements*.txt"):
        found = neural if "neural" in file.name else base
        for name, version in pins(file, python).items():
            assert name in found, f"{name} of {file.name}: {UPDATE}"
            assert version in ("", found[name]), f"{name} of {file.name}: {UPDATE}"


@pytest.mark.parametrize("python", PYTHONS)
def test_versions_are_those_of_the_constraints(python):
    """CUDA's libraries are not among these, and are in no other lock; torch-cpu.txt is kept by hand."""
    decided = pins(ROOT / "constraints.txt", python)
    for file in ("requirements-assets.txt", "requirements-neural-bare.txt"):
        decided |= pins(ROOT / file, python)
    for name, version in locked(python, "build", "packages", "neural").items():
        assert version == decided.get(name), f"{name}: put it into constraints.txt or lock/cuda-only.in, and {UPDATE}"
    for name, version in locked(python, "torch-cuda").items():
        assert version == decided.get(name, version), f"{name}: {UPDATE}"
    assert locked(python, "torch-cpu") == {"torch": decided["torch"] + "+cpu"}


def test_what_is_locked_and_installed_finds_its_dependencies_in_the_locks():
    """pip installs what is locked without dependencies, so the locks have to be complete by themselves."""
    python = ".".join(map(str, sys.version_info[:2]))
    pinned = locked(python, "packages", "torch-cuda", "neural")
    bare = re.findall(r'name = "(.+?)", requires-dist = \[\]', (ROOT / "lock/uv.toml").read_text())
    for installed in distributions():
        name = canonicalize_name(installed.name)
        if pinned.get(name) == installed.version and name not in bare:
            for needed in map(Requirement, installed.requires or ()):
                if needed.marker is None or needed.marker.evaluate(environment(python)):
                    assert canonicalize_name(needed.name) in pinned, f"{name} needs {needed.name}: {UPDATE}"
