"""Episodes in which a person moves the arm."""

import pytest

from vital_ros.arm.signals import Source
from vital_ros.execution.ending import EpisodeEnd, Outcome
from vital_ros.execution.episode import Episode
from vital_ros.execution.report import Goal
from vital_ros.execution.setpoint import Setpoint
from vital_ros.geometry import Pose

THERE = Pose((0.45, 0.02, 0.12), (1, 0, 0, 0))


@pytest.fixture
def live(robot, config):
    def run():
        return Episode(robot, None, config.task("key_lock"), config.robot, Goal(seed=3), "episode").run()

    return run


def label(robot, success=True):
    outcome = Outcome.SUCCESS if success else Outcome.FAILURE
    return lambda: robot.ending.set(EpisodeEnd(outcome, "operator"))


def by_person(robot):
    return [s for s in robot.setpoints if s.source == Source.TELEOP]


def test_what_the_person_asks_for_goes_to_the_gate_as_such(robot, live):
    asked = Setpoint(THERE, 0.5, 1 / 6)
    robot.at_tick = {2: lambda: robot.person(asked), 4: label(robot)}
    report = live()
    assert report.outcome == Outcome.SUCCESS and report.steps == 4
    first, last = by_person(robot)
    assert first == Setpoint(THERE, 0.5, 1 / 6, source=Source.TELEOP)
    assert last.last and last.opening == 0.5 and last.pose == THERE  # it ends where the arm is, the hand as it was
    assert robot.phases == ["LOCALIZE", "REACH", "LOCAL_POLICY", "RETREAT", "IDLE"]
    assert not robot.records  # no policy, no transitions


def test_the_person_is_heard_in_that_phase_only(robot, live):
    heard = []
    robot.at_tick = {0: lambda: heard.append(robot.person), 1: label(robot)}
    live()
    assert heard[0] is not None and robot.person is None


def test_nobody_is_heard_once_the_episode_has_ended(robot, live):
    def too_late():
        label(robot)()
        robot.person(Setpoint(THERE, 0.5, 1 / 6))

    robot.at_tick = {1: too_late}
    live()
    assert [s.last for s in by_person(robot)] == [True]


def test_the_time_limit_holds_for_people_too(robot, live, config):
    report = live()
    assert report.outcome == Outcome.TIMEOUT
    assert report.policy_time == pytest.approx(config.task("key_lock").time_limit, abs=0.3)


def test_touch_is_shown(robot, live):
    robot.at_tick = {3: label(robot)}
    live()
    assert [index for index, _ in robot.told] == [0, 1, 2]
    assert robot.told[0][1] == pytest.approx(3.0 * 15**0.5)  # the first pad alone


def test_without_sensors_there_is_nothing_to_record(robot, live):
    robot.at_tick = {2: lambda: setattr(robot, "stale", "camera")}
    report = live()
    assert report.outcome == Outcome.ERROR and "wrist_camera" in report.reason
