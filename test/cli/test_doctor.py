"""The command around the checks; what they look at is made up."""

import argparse
import json

import pytest

from vital_ros.cli import checks, doctor
from vital_ros.doctor.finding import Finding, Level

FINE, POOR = Finding("disk", Level.OK, "50 GB free"), Finding("AnySkin", Level.WARN, "/dev/ttyACM0 does not exist")
BROKEN = Finding("arm", Level.FAIL, "the arm is stopped: contact", "see to its cause, call /arm/recover")


def run(monkeypatch: pytest.MonkeyPatch, found: list[Finding], *words: str) -> int:
    monkeypatch.setattr(checks, "findings", lambda: iter(found))
    parser = argparse.ArgumentParser()
    doctor.add_arguments(parser)
    return doctor.run(parser.parse_args(words))


def test_only_a_failure_is_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, [FINE, POOR]) == 0
    assert run(monkeypatch, [FINE, BROKEN]) == 1
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("arm"))
    assert "FAIL" in line


def test_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, [POOR, BROKEN], "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert [entry["level"] for entry in told] == ["WARN", "FAIL"]
    assert told[1]["remedy"] == "see to its cause, call /arm/recover"


def test_a_configuration_that_cannot_be_read_fails_and_ends_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def unusable() -> None:
        raise checks.ConfigError("robot.yaml: key 'arm' is missing")

    for name in ("_system", "_ros", "_rendering", "_meshes", "_libraries"):
        monkeypatch.setattr(checks, name, lambda: "fine")
    monkeypatch.setattr(checks, "load_config", unusable)
    last = list(checks.findings())[-1]
    assert (last.part, last.level) == ("configuration", Level.FAIL)


def test_a_missing_device_is_a_warning_with_its_reason(tmp_path) -> None:
    finding = checks.examine("AnySkin", lambda: checks._device(str(tmp_path / "none"), "dialout"))
    assert (finding.level, finding.remedy) == (Level.WARN, "only a real cell needs it")
