import pytest

from vital_ros.doctor import machine
from vital_ros.doctor.finding import Level, examine


@pytest.mark.parametrize(("count", "level"), [(8, Level.OK), (2, Level.OK), (1, Level.WARN), (None, Level.WARN)])
def test_cores(count: int | None, level: Level) -> None:
    assert examine("cores", lambda: machine.cores(count)).level is level


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("MemTotal: 16000000 kB\nMemAvailable:    8000000 kB\n", Level.OK),
        ("MemAvailable:    2000000 kB\n", Level.WARN),
        ("MemAvailable:     500000 kB\n", Level.FAIL),
        ("", Level.WARN),
    ],
)
def test_memory(text: str, level: Level) -> None:
    finding = examine("memory", lambda: machine.memory(text))
    assert finding.level is level
    assert text or "not checked" in finding.found


@pytest.mark.parametrize(("free", "level"), [(50e9, Level.OK), (5e9, Level.WARN), (0.5e9, Level.FAIL)])
def test_disk(free: float, level: Level) -> None:
    finding = examine("disk", lambda: machine.disk(int(free), "/runs"))
    assert finding.level is level
    assert "/runs" in finding.found
