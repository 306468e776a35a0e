"""The plug-ins of `ros2 doctor`, before the real one where it is installed, else before what they use of it."""

import sys
from types import ModuleType

import pytest

from vital_ros.cli import ros2_doctor
from vital_ros.doctor.finding import Finding, Level

FOUND = [
    Finding("disk", Level.OK, "50 GB free"),
    Finding("AnySkin", Level.WARN, "/dev/ttyACM0 does not exist", "only a real cell needs it"),
    Finding("arm", Level.FAIL, "the arm is stopped: contact", "see to its cause, call /arm/recover"),
    Finding("streams", Level.FAIL, "too slow: /anyskin/tactile 3 Hz"),
]


class Result:
    def __init__(self):
        self.error = self.warning = 0

    def add_error(self):
        self.error += 1

    def add_warning(self):
        self.warning += 1


class Report:
    def __init__(self, name):
        self.name, self.items = name, []

    def add_to_report(self, name, info):
        self.items.append((name, info))


@pytest.fixture(autouse=True)
def told(monkeypatch):
    """What it says, as (level, line)."""
    lines = []
    try:
        from ros2doctor.api import format as said
    except ImportError:
        api, said = ModuleType("ros2doctor.api"), ModuleType("ros2doctor.api.format")
        api.Result, api.Report, api.format = Result, Report, said
        for module in (ModuleType("ros2doctor"), api, said):
            monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(said, "doctor_error", lambda line: lines.append(("error", line)), raising=False)
    monkeypatch.setattr(said, "doctor_warn", lambda line: lines.append(("warning", line)), raising=False)
    monkeypatch.setattr(ros2_doctor, "findings", lambda: iter(FOUND))
    return lines


def test_the_check_counts_and_tells_what_to_do(told):
    check = ros2_doctor.VitalCheck()
    result = check.check()
    assert (result.error, result.warning) == (2, 1)
    assert told == [
        ("warning", "AnySkin: /dev/ttyACM0 does not exist; only a real cell needs it"),
        ("error", "arm: the arm is stopped: contact; see to its cause, call /arm/recover"),
        ("error", "streams: too slow: /anyskin/tactile 3 Hz"),
    ]


def test_the_report_holds_every_line_and_belongs_to_the_check():
    report = ros2_doctor.VitalReport().report()
    assert [name for name, _ in report.items] == ["disk", "AnySkin", "arm", "streams"]
    assert report.items[0][1] == "OK: 50 GB free"
    assert ros2_doctor.VitalReport().category() == ros2_doctor.VitalCheck().category()
