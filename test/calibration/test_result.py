"""What is told and written of a calibration."""

from dataclasses import replace

import numpy as np
import pytest

from vital_ros.calibration.figure import calibration_figure
from vital_ros.calibration.lens import Lens
from vital_ros.calibration.result import third_result
from vital_ros.geometry import Pose

from .rig import Rig


@pytest.fixture(scope="module")
def outlier():
    """Of twelve views the fourth has the wrong pose."""
    rig = Rig(80)
    views = rig.views(12)
    views[3] = replace(views[3], tool=views[3].tool @ Pose.from_rotvec((0.02, 0, 0), (0, 0, 0)))
    return third_result(views, rig.lens, rig.board)


def test_a_view_that_was_left_out_is_named(outlier):
    (line,) = [line for line in outlier.lines if line.startswith("left out")]
    assert line.startswith("left out: view 4, ")
    assert [view["name"] for view in outlier.metrics["views"] if view["left_out"]] == ["view 4"]
    assert outlier.changes["calibrated"]["views"] == 11
    assert "3 x the median" in outlier.metrics["outlier_rule"]


def test_residuals_are_those_of_the_views_that_count(outlier):
    counted = [view for view in outlier.metrics["views"] if not view["left_out"]]
    for unit in ("px", "mm", "deg"):
        rms = np.sqrt(np.mean([view[unit] ** 2 for view in counted]))
        assert outlier.metrics[f"residual_{unit}"] == pytest.approx(rms)


def test_the_picture_shows_it(outlier, tmp_path):
    calibration_figure(tmp_path / "calibration.png", outlier)
    assert (tmp_path / "calibration.png").stat().st_size > 10_000


def test_a_lens_that_the_localizer_cannot_respect_is_told():
    notes = {}
    for d in ((0.0,) * 5, (0.05, -0.1, 0.0, 0.0, 0.0)):
        rig = Rig(81, lens=Lens(640, 480, (608.5, 608.5, 319.5, 239.5), d, "plumb_bob"))
        notes[d] = [line for line in third_result(rig.views(8), rig.lens, rig.board).lines if line.startswith("note")]
    straight, bent = notes.values()
    assert straight == [] and "bends by up to" in bent[0]
