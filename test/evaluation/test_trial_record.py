"""What the run folder of a trial through the graph is taken for."""

import numpy as np
import pytest

from vital_ros.bags import EpisodeError
from vital_ros.evaluation.pipeline import LIMITS
from vital_ros.evaluation.trial_record import read_trial
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.localizer import Localizer
from vital_ros.localization.pointer import Candidate, LocalizationError

from .trial_runs import ACTED, EPISODE, LOOKED, OFFSET, REACHED_FOR, TRUTH, leave, record


@pytest.fixture
def third(config):
    return config.cameras.third


@pytest.fixture
def read(tmp_path, third):
    return lambda: read_trial(tmp_path, TRUTH, OFFSET, third)


def refusal(config, off=0.0, depth=0.0, spread=0.0):
    """What the localiser says of a pixel `off` px beside the object's, whose depth is of no use."""
    third = config.cameras.third
    pose, camera = Pose(third.placement.position, third.placement.quaternion), PinholeCamera.from_k(third.k)
    u, v = camera.project(pose.inverse().apply(TRUTH))

    class Points:
        threshold = 0.5

        def point(self, sight, query):
            return [Candidate(float(u) + off, float(v), 1.0, query)]

    picture = np.full((480, 640), depth, np.float32)
    picture[::2] += spread
    localizer = Localizer(Points(), pose, config.robot.arm.workspace)
    with pytest.raises(LocalizationError) as error:
        localizer.locate(np.zeros((480, 640, 3), np.uint8), picture, camera, "key lock")
    return f"service /localize refused: {error.value} (look 2 of 2)"


@pytest.mark.parametrize(
    ("off", "depth", "spread", "says", "stage"),
    [
        (0, 0.0, 0.0, "no depth at pixel", "depth"),
        (0, 0.5, 0.2, "lies on an edge", "depth"),
        (0, 0.2, 0.0, "outside the workspace", "depth"),
        (60, 0.0, 0.0, "no depth at pixel", "pointing"),
        (60, 0.2, 0.0, "outside the workspace", "pointing"),
    ],
)
def test_a_pixel_without_depth_is_a_failure_of_what_was_wrong_first(
    off, depth, spread, says, stage, config, tmp_path, read
):
    reason = refusal(config, off, depth, spread)
    leave(tmp_path, "error", LOOKED, reason)
    result = read()
    assert says in reason
    assert (result.stage, result.cause, result.reason) == (stage, f"{stage}: no answer", reason)
    assert result.localization_error is None and not result.success


@pytest.mark.parametrize("reason", ["'key lock' not found in the camera's image", "did not answer within 20 s"])
def test_no_answer_is_a_failure_of_pointing(reason, tmp_path, read):
    leave(tmp_path, "error", LOOKED, reason)
    assert (read().stage, read().cause) == ("pointing", "pointing: no answer")


def test_another_place_is_a_failure_of_pointing_and_the_right_one_too_near_of_depth(tmp_path, read, third):
    leave(tmp_path, "timeout", ACTED)
    record(tmp_path / "episodes" / EPISODE, np.add(TRUTH, (0.0, LIMITS.right_pixel + 0.002, 0.0)))
    assert (read().stage, read().cause) == ("pointing", "pointing: time-out")
    assert read().localization_error == pytest.approx(LIMITS.right_pixel + 0.002)
    nearer = tmp_path / "nearer"
    leave(nearer, "failure", ACTED, "dropped")
    line = TRUTH - third.placement.position
    record(nearer / "episodes" / EPISODE, TRUTH - line / np.linalg.norm(line) * (LIMITS.depth_error + 0.002))
    result = read_trial(nearer, TRUTH, OFFSET, third)
    assert (result.stage, result.cause) == ("depth", "depth: dropped")


@pytest.mark.parametrize(
    ("outcome", "reason", "rule", "driver_error", "cause"),
    [
        ("timeout", "no verdict within 12 s", "", 0, "policy: time-out"),
        ("failure", "out of box", "", 0, "policy: out of box"),
        ("stopped", "tactile norm 900 uT", "contact", 0, "policy: touch"),
        ("stopped", "xArm error 31", "driver_error", 31, "policy: collision"),
        ("stopped", "xArm error 24", "driver_error", 24, "policy: driver error"),
        ("stopped", "no frame for 0.3 s", "stale_camera", 0, "policy: stale camera"),
        ("error", "/arm/state: stale", "", 0, "policy: error"),
        ("stopped", "the tool starts 12 mm outside", "workspace", 0, "reach: not reached"),
        ("success", "success", "", 0, "success"),
    ],
)
def test_an_answer_that_is_right_leaves_the_rest_to_the_policy(
    outcome, reason, rule, driver_error, cause, tmp_path, read
):
    leave(tmp_path, outcome, ACTED, reason)
    record(tmp_path / "episodes" / EPISODE, TRUTH + 0.001, rule, driver_error)
    result = read()
    assert (result.outcome, result.cause, result.reason) == (outcome, cause, reason)
    assert result.stage == ("reach" if "reach" in cause else "policy")
    assert (result.seed, result.episode_id, result.steps, result.skipped) == (7, EPISODE, 2, 1)
    assert (result.max_force, result.localization_error) == (2.5, pytest.approx(0.001 * 3**0.5))
    assert (result.lateness, result.reaction) == ([0.001, 0.003], [pytest.approx(0.05)])
    assert result.last_view.shape == (128, 128, 3) and result.last_view.max() == 2


def test_a_start_that_is_not_reached_is_told_by_the_recording_of_the_fault(tmp_path, read):
    leave(tmp_path, "error", REACHED_FOR, "reach timed out 30.0 mm from (0.3, 0.1, 0.2) m")
    assert (read().stage, read().cause, read().localization_error) == ("reach", "reach: not reached", None)
    record(tmp_path / "faults" / "20260101-000000-error")
    assert (read().cause, read().localization_error) == ("reach: not reached", pytest.approx(0.0))
    record(tmp_path / "faults" / "20260101-000001-error", np.add(TRUTH, (0.1, 0.0, 0.0)))
    assert (read().stage, read().cause) == ("pointing", "pointing: not reached")


def test_without_its_recording_an_episode_cannot_be_told(tmp_path, read):
    leave(tmp_path, "success", ACTED)
    with pytest.raises(EpisodeError, match=EPISODE):
        read()
