import numpy as np
import pytest

from vital_ros.arm.signals import Source
from vital_ros.execution.ending import EpisodeEnd, Outcome
from vital_ros.execution.episode import Episode
from vital_ros.execution.report import Goal


@pytest.fixture
def live(robot, policy, config):
    """Run one episode of key_lock."""

    def run(**goal):
        goal.setdefault("seed", 3)
        return Episode(robot, policy, config.task("key_lock"), config.robot, Goal(**goal), "episode").run()

    return run


def label(robot, success, reason="success"):
    outcome = Outcome.SUCCESS if success else Outcome.FAILURE
    return lambda: robot.ending.set(EpisodeEnd(outcome, reason))


def test_a_success_goes_through_all_phases(robot, live):
    robot.at_tick = {5: label(robot, True)}
    report = live()
    assert report.outcome == Outcome.SUCCESS and report.reason == "success"
    assert report.steps == 5
    assert robot.phases == ["LOCALIZE", "REACH", "LOCAL_POLICY", "RETREAT", "IDLE"]
    calls = [entry[0] for entry in robot.log if entry[0] not in ("phase", "send")]
    assert calls == ["localize", "begin_task", "rebaseline"]


def test_the_tasks_prompt_is_asked_for_unless_the_goal_names_something(robot, live):
    robot.at_tick = {0: label(robot, True)}
    live()
    live_query = robot.log[1]
    assert live_query == ("localize", "key lock")


def test_reaches_from_above_and_starts_in_the_box(robot, live, config):
    robot.at_tick = {0: label(robot, True)}
    live(query="silver lock")
    assert ("localize", "silver lock") in robot.log
    up, above, start = (s for s in robot.setpoints[:3])
    assert up.source == above.source == start.source == Source.REACH
    task = config.task("key_lock")
    target = next(entry[1] for entry in robot.log if entry[0] == "begin_task")
    offset = target.inverse().apply(start.pose.position) - task.start_box.center
    assert np.all(np.abs(offset) <= np.array(task.start_box.size) / 2 + 1e-12)
    assert above.pose.position[2] > start.pose.position[2]
    np.testing.assert_allclose(above.pose.position[:2], start.pose.position[:2])


def test_each_tick_asks_for_measured_plus_delta_within_one_period(robot, live):
    robot.at_tick = {3: label(robot, True)}
    report = live()
    steps = [s for s in robot.setpoints if s.source != Source.REACH]
    assert [s.last for s in steps] == [False, False, False, True]
    assert all(s.duration == pytest.approx(1 / 6) for s in steps)
    np.testing.assert_allclose(np.diff([s.pose.position[2] for s in steps]), [-0.002, -0.002, 0.0], atol=1e-12)
    assert steps[0].opening == 0.25
    assert report.reaction == pytest.approx([0.012] * 3)


def test_the_end_holds_the_measured_pose_and_the_gripper(robot, live):
    robot.at_tick = {2: label(robot, False, "dropped")}
    assert live().outcome == Outcome.FAILURE
    last = robot.setpoints[-1]
    assert last.last and last.source == Source.POLICY and last.opening == 0.25
    np.testing.assert_array_equal(last.pose.position, robot.pose.position)


def test_the_last_action_gets_a_successor_that_says_how_it_ended(robot, live):
    robot.at_tick = {3: label(robot, False)}
    live()
    assert [(r.index, r.executed, r.terminated, r.truncated) for r in robot.records] == [
        (0, True, False, False),
        (1, True, False, False),
        (2, True, False, False),
        (3, False, True, False),
    ]


@pytest.mark.parametrize("success", [True, False])
def test_a_verdict_closes_the_episode_though_a_stream_is_late_just_then(robot, live, success):
    def judge():
        robot.stale = "camera"
        label(robot, success)()

    robot.at_tick = {3: judge}
    live()
    last = robot.records[-1]
    assert (last.index, last.executed, last.terminated, last.truncated) == (3, False, True, False)
    assert last.observation is robot.records[-2].observation


def test_without_a_verdict_nothing_is_made_up_for_the_end(robot, live):
    def vanish():
        robot.stale = "camera"

    robot.at_tick = {3: vanish}
    assert live().outcome == Outcome.ERROR
    assert [(r.index, r.executed) for r in robot.records] == [(0, True), (1, True), (2, True)]


def test_a_timeout_truncates_and_is_no_success(robot, live):
    report = live(time_limit=1.0)
    assert report.outcome == Outcome.TIMEOUT and report.reason == "no verdict within 1 s"
    assert report.policy_time == pytest.approx(1.0, abs=0.01)
    assert robot.records[-1].truncated and not robot.records[-1].terminated


def test_without_a_limit_of_its_own_the_tasks_holds(robot, live, config):
    assert live().policy_time == pytest.approx(config.task("key_lock").time_limit, abs=0.2)


@pytest.mark.parametrize("when", ["before", "reach", "policy"])
def test_cancelling_holds_at_once(robot, live, when):
    def cancel():
        robot.ending.set(EpisodeEnd(Outcome.CANCELLED, "cancelled by the client"))

    if when == "before":
        cancel()
    elif when == "reach":
        robot.begin_task = lambda target: cancel()
    else:
        robot.at_tick = {4: cancel}
    report = live()
    assert report.outcome == Outcome.CANCELLED
    assert report.steps == (4 if when == "policy" else 0)
    assert bool(robot.setpoints) == (when != "before")
    if robot.setpoints:
        assert robot.setpoints[-1].last and robot.setpoints[-1].pose is robot.pose


def test_a_stopped_arm_gets_no_more_setpoints(robot, live):
    robot.at_tick = {2: lambda: robot.ending.set(EpisodeEnd(Outcome.STOPPED, "contact: 700 uT"))}
    report = live()
    assert (report.outcome, report.reason, report.steps) == (Outcome.STOPPED, "contact: 700 uT", 2)
    assert not robot.setpoints[-1].last


def test_a_policy_that_fails_stops_the_arm_and_nothing_leaves(robot, policy, live):
    def fail():
        policy.fails = True

    robot.at_tick = {2: fail}
    report = live()
    assert report.outcome == Outcome.ERROR and "non-finite" in report.reason
    assert ("stop_arm",) in robot.log
    assert [s.last for s in robot.setpoints if s.source != Source.REACH] == [False, False]


def test_a_short_gap_holds_and_goes_on_with_a_fresh_ensemble(robot, policy, live):
    def drop():
        robot.stale = "camera"

    def recover():
        robot.stale = ""

    robot.at_tick = {2: drop, 4: recover, 6: label(robot, True)}
    report = live()
    assert report.outcome == Outcome.SUCCESS and report.steps == 4
    assert policy.resets == 2
    assert [r.index for r in robot.records] == [0, 1, 4, 5, 6]


def test_a_long_gap_ends_with_the_streams_name(robot, live):
    def drop():
        robot.stale = "camera"

    robot.at_tick = {2: drop}
    report = live()
    assert report.outcome == Outcome.ERROR and report.reason.startswith("/wrist_camera/image_raw")
    assert report.steps == 2
    assert robot.setpoints[-1].last


def test_a_stale_arm_state_ends_the_reach(robot, live):
    def begin_task(target):
        robot.stale = "arm"

    robot.begin_task = begin_task
    report = live()
    assert report.outcome == Outcome.ERROR and report.reason.startswith("/arm/state")
    assert not robot.setpoints


def test_an_arm_that_does_not_arrive_times_out(robot, live, config):
    robot.stuck = True
    robot.pose = type(robot.pose)((0.4, 0.1, 0.1), (1, 0, 0, 0))
    report = live()
    assert report.outcome == Outcome.ERROR and report.reason.startswith("reach timed out 80.0 mm")
    assert report.reach_time == pytest.approx(config.robot.executor.reach_timeout, abs=0.1)


def test_a_dry_run_moves_nothing(robot, live):
    report = live(dry_run=True)
    assert report.outcome == Outcome.SUCCESS and "nothing moved" in report.reason
    assert not robot.setpoints
    assert "REACH" not in robot.phases


def test_skipped_ticks_reset_the_ensemble(robot, policy, live):
    def run_ticks(rate, callback):
        for index, skipped in ((0, 0), (1, 0), (4, 2)):
            callback(index, 0.0, skipped)
        raise EpisodeEnd(Outcome.SUCCESS, "success")

    robot.run_ticks = run_ticks
    report = live()
    assert policy.resets == 2 and report.skipped == 2
