"""`ros2 vital localize`: the entry points, what they name, and the real `ros2` where it is installed."""

import argparse
import json
import re
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from vital_ros.cli import localize, ros2

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def entry_points():
    """Groups that setup.py hands to setuptools."""
    program = """
import json, setuptools
setuptools.setup = lambda **given: print(json.dumps(given["entry_points"]))
exec(open("setup.py").read(), {"__name__": "setup"})
"""
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(found.stdout)


@pytest.fixture
def asked(monkeypatch):
    """What `./vital localize` would have been run with."""
    calls = []
    monkeypatch.setattr(localize, "run", lambda args: calls.append((args.query, args.timeout)) or 1)
    return calls


def extension(entry_points, group, name):
    """An instance, as ros2cli makes it."""
    (found,) = (line.split(" = ")[1] for line in entry_points[group] if line.startswith(f"{name} = "))
    return EntryPoint(name, found, group).load()()


def test_the_verb_is_what_vital_localize_is(entry_points, asked):
    verb, parser = extension(entry_points, ros2.VERBS, "localize"), argparse.ArgumentParser()
    verb.add_arguments(parser, "ros2 vital localize")
    assert verb.main(args=parser.parse_args(["plug socket", "--timeout", "3"])) == 1
    assert asked == [("plug socket", 3.0)]


def test_every_extension_has_a_summary(entry_points):
    named = (("ros2cli.command", "vital"), (ros2.VERBS, "localize"))
    for group, name in (*named, ("ros2doctor.checks", "VitalCheck"), ("ros2doctor.report", "VitalReport")):
        assert extension(entry_points, group, name).__doc__.splitlines()[0]
    assert entry_points["ros2cli.extension_point"] == [f"{ros2.VERBS} = ros2cli.verb:VerbExtension"]


@pytest.fixture
def run(entry_points, monkeypatch, tmp_path):
    """The real `ros2` with the words of a command line; its exit code."""
    cli = pytest.importorskip("ros2cli.cli", reason="ros2cli comes with a ROS distribution, not as a wheel")
    metadata = tmp_path / "vital_ros-0.dist-info"
    metadata.mkdir()
    lines = [f"[{group}]\n" + "\n".join(names) for group, names in entry_points.items()]
    (metadata / "entry_points.txt").write_text("\n\n".join(lines))
    (metadata / "METADATA").write_text("Name: vital_ros\nVersion: 0\n")
    monkeypatch.syspath_prepend(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["ros2", *words])
        return cli.main()

    return run


def test_ros2_runs_it(run, asked):
    assert run("vital", "localize", "plug socket") == 1
    assert asked == [("plug socket", 20.0)]


def test_ros2_lists_it(run, capsys):
    assert run("vital") == 0
    assert "localize  Ask the running localizer where something is" in capsys.readouterr().out


def test_ros2_refuses_what_it_does_not_know(run, asked):
    with pytest.raises(SystemExit):
        run("vital", "localize")
    assert not asked


def test_nothing_else_needs_ros2cli():
    needs = re.compile(r"^\s*(?:import|from) ros2(?:cli|doctor)\b", re.MULTILINE)
    found = [file.name for file in (ROOT / "src").rglob("*.py") if needs.search(file.read_text())]
    assert sorted(found) == ["ros2.py", "ros2_doctor.py"]
    program = "import vital_ros.cli.ros2, vital_ros.cli.ros2_doctor"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT / "src").returncode == 0
