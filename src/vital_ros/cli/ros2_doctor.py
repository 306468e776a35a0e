"""What `./vital doctor` finds, in `ros2 doctor` where that is installed: both classes are entry points of setup.py.

It asks for no base class, so this module can do without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vital_ros.cli.checks import findings
from vital_ros.doctor.finding import Finding, Level

if TYPE_CHECKING:
    from ros2doctor.api import Report, Result

CATEGORY = "vital_ros"


class VitalCheck:
    """Counts what is broken and what may be; each is told with its remedy."""

    def category(self) -> str:
        return CATEGORY

    def check(self) -> Result:
        from ros2doctor.api import Result
        from ros2doctor.api.format import doctor_error, doctor_warn

        result = Result()
        for finding in findings():
            if finding.level is Level.FAIL:
                doctor_error(f"{finding.part}: {_told(finding)}")
                result.add_error()
            elif finding.level is Level.WARN:
                doctor_warn(f"{finding.part}: {_told(finding)}")
                result.add_warning()
        return result


class VitalReport:
    """Every line of the table."""

    def category(self) -> str:
        return CATEGORY

    def report(self) -> Report:
        from ros2doctor.api import Report

        report = Report("VITAL_ROS")
        for finding in findings():
            report.add_to_report(finding.part, f"{finding.level.value}: {_told(finding)}")
        return report


def _told(finding: Finding) -> str:
    return f"{finding.found}; {finding.remedy}" if finding.remedy else finding.found
