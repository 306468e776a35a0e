"""The age of a calibration."""

from datetime import date, timedelta

from vital_ros.config import Calibrated
from vital_ros.doctor.calibration import OLD, age
from vital_ros.doctor.finding import Finding, Level, examine

TODAY = date(2026, 7, 1)


def found(days: int | None) -> Finding:
    told = None
    if days is not None:
        told = Calibrated(date=TODAY - timedelta(days), views=18, residual_px=0.3, residual_mm=0.9)
    return examine("calibration of third", lambda: age("third", told, TODAY))


def test_a_young_one_is_fine() -> None:
    assert [found(days).level for days in (0, OLD)] == [Level.OK] * 2
    assert found(3).found == "2026-06-28, 18 views, 0.3 px, 0.9 mm"


def test_an_old_one_a_missing_one_and_one_from_the_future() -> None:
    assert (found(OLD + 1).level, f"{OLD + 1} days old" in found(OLD + 1).found) == (Level.WARN, True)
    assert (found(None).level, "only a real cell" in found(None).remedy) == (Level.WARN, True)
    assert (found(-1).level, "clock" in found(-1).remedy) == (Level.WARN, True)
