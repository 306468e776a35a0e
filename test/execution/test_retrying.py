"""What an episode does again, and what it asks a person first."""

import numpy as np
import pytest

from vital_ros.arm.signals import Source
from vital_ros.execution.ending import EpisodeEnd, Outcome
from vital_ros.execution.episode import Episode
from vital_ros.execution.plan import start_pose, target_frame
from vital_ros.execution.report import Goal

TASK = "key_lock"


@pytest.fixture
def live(robot, policy, config):
    """Run one episode with settings of the executor."""

    def run(person=False, settings=None, **goal):
        executor = config.robot.executor.model_copy(update=settings or {})
        settled = config.robot.model_copy(update={"executor": executor})
        player = None if person else policy
        return Episode(robot, player, config.task(TASK), settled, Goal(**{"seed": 3, **goal}), "episode").run()

    return run


def said(robot):
    return [entry[1] for entry in robot.log if entry[0] == "say"]


def count(robot, call):
    return sum(entry[0] == call for entry in robot.log)


def ends(robot, outcome, reason):
    return lambda: robot.ending.set(EpisodeEnd(outcome, reason))


def in_second_try(robot, action):
    """`action` when the localiser has been asked twice."""
    return lambda: action() if count(robot, "localize") == 2 else None


def test_what_is_not_found_is_looked_for_once_more(robot, live):
    robot.lost, robot.at_tick = 1, {2: ends(robot, Outcome.SUCCESS, "success")}
    report = live()
    assert (report.outcome, report.reason, count(robot, "localize")) == (Outcome.SUCCESS, "success", 2)
    assert said(robot) == ["'key lock' not found; looking again"]


def test_what_is_never_found_ends_the_episode_without_motion(robot, live):
    robot.lost = 9
    report = live()
    assert report.outcome == Outcome.ERROR and report.reason == "'key lock' not found (look 2 of 2)"
    assert count(robot, "localize") == 2 and not robot.setpoints


def test_without_retries_the_localiser_is_asked_once(robot, live):
    robot.lost = 9
    assert live(settings={"localize_retries": 0}).reason == "'key lock' not found (look 1 of 1)"
    assert count(robot, "localize") == 1


def test_a_localiser_that_fails_otherwise_is_not_asked_again(robot, live):
    def absent(query):
        robot.log.append(("localize", query))
        raise EpisodeEnd(Outcome.ERROR, "service localize is not there")

    robot.localize = absent
    assert live().reason == "service localize is not there" and count(robot, "localize") == 1


def test_by_default_a_timeout_is_the_end(robot, live):
    report = live(time_limit=1.0)
    assert (report.outcome, report.reason) == (Outcome.TIMEOUT, "no verdict within 1 s")
    assert count(robot, "localize") == 1


def test_after_a_timeout_the_arm_goes_up_and_back_and_the_object_is_localised_anew(robot, live, config):
    first_pose, elsewhere = robot.pose, np.add(robot.point, (0.02, -0.01, 0.0))

    def move():
        robot.point = elsewhere

    robot.at_tick = {1: move, 3: in_second_try(robot, ends(robot, Outcome.SUCCESS, "success"))}
    report = live(time_limit=1.0, settings={"retries": 1})
    assert (report.outcome, report.reason) == (Outcome.SUCCESS, "success (try 2 of 2)")
    assert robot.phases == [
        *("LOCALIZE", "REACH", "LOCAL_POLICY", "RETREAT"), *("LOCALIZE", "REACH", "LOCAL_POLICY", "RETREAT", "IDLE"),
    ]  # fmt: skip
    assert said(robot) == ["no verdict within 1 s; going back for try 2 of 2"]
    back = [s.pose for s in robot.setpoints if s.source == Source.REACH][3:6]
    np.testing.assert_allclose(back[1].position[:2], back[0].position[:2])
    assert back[1].position[2] > first_pose.position[2] > back[0].position[2]
    np.testing.assert_allclose(back[2].position[:2], first_pose.position[:2])
    task = config.task(TASK)
    start = [s.pose for s in robot.setpoints if s.source == Source.REACH][8]
    assert start.allclose(start_pose(task, target_frame(task, elsewhere), 4))


def test_each_try_is_a_stretch_of_its_own_in_the_records_and_all_count(robot, policy, live):
    report = live(time_limit=1.0, settings={"retries": 1})
    assert (report.outcome, report.reason) == (Outcome.TIMEOUT, "no verdict within 1 s (try 2 of 2)")
    closing = [i for i, record in enumerate(robot.records) if record.truncated]
    assert len(closing) == 2 and closing[1] == len(robot.records) - 1
    assert robot.records[closing[0] + 1].index == 0 and policy.resets == 2
    assert report.policy_time == pytest.approx(2.0, abs=0.05) and report.steps == len(robot.records) - 2


@pytest.mark.parametrize("outcome", [Outcome.STOPPED, Outcome.FAILURE, Outcome.CANCELLED])
def test_nothing_but_a_timeout_is_tried_again(robot, live, outcome):
    robot.at_tick = {2: ends(robot, outcome, "so it is")}
    report = live(settings={"retries": 3})
    assert (report.outcome, report.reason) == (outcome, "so it is") and count(robot, "localize") == 1


def test_a_stop_that_comes_with_the_timeout_is_not_lost(robot, live):
    announce = robot.announce

    def stop(phase, episode_id):
        announce(phase, episode_id)
        if phase.name == "RETREAT":
            robot.ending.set(EpisodeEnd(Outcome.STOPPED, "contact: 700 uT"))

    robot.announce = stop
    report = live(time_limit=1.0, settings={"retries": 1})
    assert report.outcome == Outcome.STOPPED and report.reason.startswith("contact: 700 uT")
    assert count(robot, "localize") == 1
    assert [s.source for s in robot.setpoints].count(Source.REACH) == 3


def test_a_person_is_not_sent_back(robot, live):
    robot.at_tick = {}
    report = live(person=True, time_limit=1.0, settings={"retries": 1})
    assert report.outcome == Outcome.TIMEOUT and count(robot, "localize") == 1


def test_nobody_is_asked_by_default(robot, live):
    live(time_limit=1.0)
    assert count(robot, "confirmed") == 0


def test_the_arm_waits_for_the_operator_and_says_where_it_will_go(robot, live):
    robot.at_tick = {0: ends(robot, Outcome.SUCCESS, "success")}
    assert live(settings={"confirm_timeout": 30.0}).outcome == Outcome.SUCCESS
    calls = [entry[0] for entry in robot.log]
    assert calls.index("say") < calls.index("confirmed") < calls.index("begin_task") < calls.index("send")
    assert "target at (0.450, 0.020, 0.050) m, start pose at (" in said(robot)[0]


def test_without_consent_nothing_moves(robot, live):
    robot.consent = False
    report = live(settings={"confirm_timeout": 30.0})
    assert report.outcome == Outcome.CANCELLED and "not confirmed within 30 s" in report.reason
    assert not robot.setpoints and count(robot, "begin_task") == 0
