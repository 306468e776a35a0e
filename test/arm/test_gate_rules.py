"""One test or more for each rule of the gate (design, section 5)."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from vital_ros.arm import GateState, Rule, Source
from vital_ros.geometry import Pose

from .conftest import RATE, START, TARGET, Bench, arm_config, moved, task_config, turned

NAN = math.nan
REACH = {"source": Source.REACH, "duration": 0.0}


def test_every_rule_has_a_test() -> None:
    tested = {
        name.removeprefix("test_").split("__")[0] for name in globals() if name.startswith("test_") and "__" in name
    }
    assert tested == {rule.value for rule in Rule} | {"speed", "hold", "recover"}


def test_operator__stop_latches(bench: Bench) -> None:
    bench.ask(moved(START, x=0.01))
    bench.run(0.05)
    bench.gate.stop(bench.t, Rule.OPERATOR, "/arm/stop was called")
    outputs = bench.run(0.1)
    assert [o.trip is not None for o in outputs] == [True] + [False] * 14
    assert bench.stopped_by == "operator"


def test_no_task__motion_is_refused_before_set_task(make_bench: Callable[..., Bench]) -> None:
    bench = Bench(arm_config(), None)
    bench.ask(moved(START, x=0.01))
    assert bench.stopped_by == "no_task"


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": 9},
        {"frame": "camera_link"},
        {"duration": -1.0},
        {"quaternion": (0.0, 0.0, 0.0, 0.0)},
        {"quaternion": (1.0, 0.0, 0.0, 1.0)},
    ],
)
def test_invalid_setpoint__trips(bench: Bench, wrong: dict) -> None:
    bench.ask(**wrong)
    assert bench.stopped_by == "invalid_setpoint"


@pytest.mark.parametrize(
    "wrong",
    [
        {"position": (0.4, NAN, 0.18)},
        {"position": (0.4, math.inf, 0.18)},
        {"quaternion": (1.0, NAN, 0.0, 0.0)},
        {"opening": NAN},
        {"duration": NAN},
        {"duration": math.inf},
        {"stamp": NAN},
    ],
)
@pytest.mark.parametrize("source", list(Source))
def test_non_finite__setpoint_trips(bench: Bench, source: Source, wrong: dict) -> None:
    bench.ask(source=source, **wrong)
    assert bench.stopped_by == "non_finite"


def test_non_finite__tactile_reading_trips(bench: Bench) -> None:
    bench.ask(moved(START, x=0.01))
    bench.norm = NAN
    bench.run(0.02)
    assert bench.stopped_by == "non_finite"


def test_workspace__policy_goal_is_clamped_onto_the_box(bench: Bench) -> None:
    pose = START
    for _ in range(20):
        pose = moved(bench.report.pose, x=0.012)
        bench.ask(pose)
        bench.run(1 / 6)
    assert bench.stopped_by == ""
    assert bench.commands[-1][1].position[0] == pytest.approx(TARGET.position[0] + 0.06, abs=1e-9)
    assert max(p.position[0] for _, p in bench.commands) <= TARGET.position[0] + 0.06 + 1e-9
    assert bench.gate.counts["workspace"] > 0


def test_workspace__reach_goal_outside_trips(bench: Bench) -> None:
    bench.ask(Pose((0.7, 0.0, 0.2), START.quaternion), **REACH)
    assert bench.stopped_by == "workspace"


def test_workspace__policy_may_not_start_outside_its_box(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(start=moved(START, x=0.08))
    bench.ask(moved(START, x=0.07))
    assert bench.stopped_by == "workspace"


def test_workspace__an_arm_a_little_outside_is_held_there_and_comes_back(make_bench: Callable[..., Bench]) -> None:
    """As the way back of a policy that worked at the box's floor begins."""
    floor = Pose((0.40, 0.0, 0.04), START.quaternion)
    bench = make_bench(moved(floor, z=-0.0004))
    bench.ask(moved(floor, z=-0.0004), **REACH)
    bench.run(0.3)
    bench.ask(moved(floor, z=0.05), **REACH)
    bench.run(2.0)
    assert not bench.stopped_by
    assert bench.commands[-1][1].distance(moved(floor, z=0.05))[0] < 1e-6
    bench.ask(moved(floor, z=-0.0004), **REACH)
    bench.tick()
    assert bench.stopped_by == "workspace"


def test_workspace__reach_may_leave_the_tasks_box(bench: Bench) -> None:
    goal = moved(START, x=-0.1, z=0.2)
    bench.ask(goal, **REACH)
    bench.run(6.0)
    assert bench.stopped_by == ""
    assert bench.commands[-1][1].allclose(goal)


def test_tilt__policy_goal_is_clamped_onto_the_cone(bench: Bench) -> None:
    for _ in range(10):
        bench.ask(turned(bench.report.pose, (0.0, 0.08, 0.0)))
        bench.run(1 / 6)
    assert bench.stopped_by == ""
    assert START.distance(bench.commands[-1][1])[1] == pytest.approx(0.15, abs=1e-5)
    assert bench.gate.counts["tilt"] > 0


def test_tilt__reach_goal_outside_the_cone_trips(bench: Bench) -> None:
    bench.ask(turned(START, (0.3, 0.0, 0.0)), **REACH)
    assert bench.stopped_by == "tilt"


def test_tilt__policy_may_not_start_outside_the_cone(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(start=turned(START, (0.3, 0.0, 0.0)))
    bench.ask(bench.report.pose)
    assert bench.stopped_by == "tilt"


def test_first_motion__begins_at_the_measured_pose(bench: Bench) -> None:
    bench.report = replace(bench.report, pose=moved(START, y=0.02))  # somebody moved the arm after it was armed
    bench.tick()
    bench.ask(moved(START, y=0.03))
    first = bench.tick()
    assert first.pose is not None
    assert first.pose.distance(moved(START, y=0.02))[0] < 1e-4


@pytest.mark.parametrize("far", [moved(START, z=-0.05), turned(START, (0.0, 0.0, 0.5))])
def test_first_motion__a_far_first_target_trips(bench: Bench, far: Pose) -> None:
    bench.ask(far)
    assert bench.stopped_by == "first_motion"


def test_step__policy_goal_is_shortened_to_the_cap(bench: Bench) -> None:
    bench.ask(turned(moved(START, y=0.02), (0.0, 0.0, 0.2)))
    bench.run(1.0)
    distance, angle = START.distance(bench.commands[-1][1])
    assert distance == pytest.approx(0.012, abs=1e-9)
    assert angle == pytest.approx(0.10, abs=1e-9)
    assert bench.gate.counts["step"] == 1


def test_step__an_absurd_later_goal_trips(bench: Bench) -> None:
    bench.ask(moved(START, x=0.01))
    bench.run(1 / 6)
    bench.ask(moved(START, x=-0.05))
    assert bench.stopped_by == "step"


def test_speed__policy_motion_is_stretched(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(max_speed=0.05)
    bench.ask(moved(START, x=0.012))
    bench.run(0.5)
    assert fastest(bench) <= 0.05 + 1e-6
    assert bench.commands[-1][1].allclose(moved(START, x=0.012))
    assert bench.gate.counts["speed"] == 1


def test_speed__reach_motion_keeps_to_reach_speed(bench: Bench) -> None:
    bench.ask(moved(START, z=0.1), **REACH)
    bench.run(3.0)
    assert 0.149 < fastest(bench) <= 0.15 + 1e-6


@pytest.mark.parametrize("stall", [0.03, 0.14])
def test_tick__a_held_up_loop_does_not_jump(bench: Bench, stall: float) -> None:
    bench.ask(moved(START, z=0.1), **REACH)
    bench.run(0.6)
    before = bench.commands[-1][1]
    bench.tick(stall)
    distance, angle = before.distance(bench.commands[-1][1])
    assert 0 < distance <= 0.15 * 3 / 150 + 1e-9
    assert bench.stopped_by == ""
    assert angle < 1e-9


def test_tick__a_defect_of_the_gate_trips(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vital_ros.arm.gate.shortest_duration", lambda *_: 0.0)  # no speed cap any more
    bench.ask(moved(START, z=0.1), **REACH)
    bench.run(0.05)
    assert bench.stopped_by == "tick"
    assert bench.commands == []


def test_stale_arm_state__holds_then_trips(bench: Bench) -> None:
    bench.ask(moved(START, z=0.1), **REACH)
    bench.run(0.3)
    bench.silent.add("report")
    bench.run(0.14)
    moving = len(bench.commands)
    bench.run(0.10)
    assert bench.gate.state == GateState.HOLDING
    assert len(bench.commands) <= moving + 2
    bench.run(0.10)
    assert bench.stopped_by == "stale_arm_state"


def test_stale_arm_state__trips_at_rest_too(bench: Bench) -> None:
    bench.silent.add("report")
    bench.run(0.4)
    assert bench.stopped_by == "stale_arm_state"


@pytest.mark.parametrize(("stream", "limit"), [("camera", 0.3), ("tactile", 0.1)])
def test_hold__motion_goes_on_when_the_stream_returns(bench: Bench, stream: str, limit: float) -> None:
    policy_steps(bench, 3)
    bench.silent.add(stream)
    policy_steps(bench, round((limit + 0.2) * 6) + 1)
    assert bench.gate.state == GateState.HOLDING
    assert stream in bench.gate.hold
    held = len(bench.commands)
    bench.silent.clear()
    policy_steps(bench, 2)
    assert bench.gate.state == GateState.MOVING
    assert len(bench.commands) > held


def test_hold__between_a_replaced_motion_and_its_successor_begins_from_rest(bench: Bench) -> None:
    """The way to rest of the replaced one begins at speed, which a held arm no longer has."""
    bench.ask(moved(START, x=0.012))
    bench.run(0.08)
    bench.ask(START, last=True)
    bench.silent.add("tactile")
    bench.t += 0.1  # the loop was held up meanwhile
    assert bench.tick().pose is None
    assert "tactile" in bench.gate.hold
    held = len(bench.commands)
    bench.silent.clear()
    bench.run(0.5)
    (_, before), (_, first) = bench.commands[held - 1 : held + 1]
    assert before.distance(first)[0] < bench.config.max_acceleration / RATE**2
    assert bench.commands[-1][1].distance(START)[0] < 1e-6


def test_a_motion_asked_for_right_after_the_newest_ended_begins_at_its_end(
    make_bench: Callable[..., Bench],
) -> None:
    """Not where the arm was reported to be, a tick before."""
    bench, end = make_bench(profile="linear"), moved(START, x=0.012)
    bench.ask(end, last=True, duration=24.5 / RATE)
    for _ in range(25):
        bench.tick()
    assert bench.commands[-1][1].distance(end)[0] < 1e-9
    bench.gate.on_report(bench.t, replace(bench.report, pose=bench.commands[-2][1]))
    bench.silent.add("report")
    bench.ask(end, last=True)
    assert bench.tick().pose.distance(end)[0] < 1e-9


def test_hold__the_gates_own_sleep_is_no_reason_to_trip(bench: Bench) -> None:
    """The process was frozen for two seconds; what waits in its queues is read right after."""
    policy_steps(bench, 1)
    bench.silent = {"report", "camera", "tactile"}
    assert bench.tick(2.0).pose is None
    assert bench.gate.state == GateState.HOLDING
    bench.silent.clear()
    policy_steps(bench, 1)
    assert bench.stopped_by == ""
    assert bench.gate.state == GateState.MOVING


def test_hold__a_clock_set_back_keeps_no_silent_stream_fresh(bench: Bench) -> None:
    policy_steps(bench, 1)
    bench.silent.add("camera")
    bench.t -= 30.0
    policy_steps(bench, 3)
    assert bench.gate.hold == "no wrist camera frame for 0.3 s"
    policy_steps(bench, 7)
    assert bench.gate.trip is not None and bench.gate.trip.rule == Rule.STALE_CAMERA


def test_hold__a_clock_set_back_at_rest_keeps_no_silent_stream_fresh(bench: Bench) -> None:
    bench.silent.add("tactile")
    bench.t -= 30.0
    bench.run(0.15)
    bench.ask(moved(START, x=0.01))
    bench.run(0.02)
    assert bench.gate.hold == "no baselined tactile reading for 0.1 s"
    assert bench.commands == []


def test_hold__patience_runs_out_although_the_clock_is_set_back(bench: Bench) -> None:
    policy_steps(bench, 1)
    bench.silent.add("report")
    bench.run(0.2)
    assert bench.gate.state == GateState.HOLDING
    bench.t -= 30.0
    bench.run(0.4)
    assert bench.gate.trip is not None and bench.gate.trip.rule == Rule.STALE_ARM_STATE


def test_hold__limits_do_not_change_under_a_held_motion(bench: Bench) -> None:
    policy_steps(bench, 1)
    bench.ask(moved(START, x=0.01))
    bench.run(0.05)
    bench.silent.add("camera")
    bench.run(0.35)
    assert bench.gate.state == GateState.HOLDING
    with pytest.raises(ValueError, match="task 'key_lock' stays in force"):
        bench.gate.set_task(task_config(), moved(TARGET, x=0.1))


def test_stale_camera__trips_after_its_patience(bench: Bench) -> None:
    bench.silent.add("camera")
    policy_steps(bench, 9)
    assert bench.stopped_by == "stale_camera"


def test_stale_camera__is_no_rule_for_a_reach(bench: Bench) -> None:
    bench.silent.add("camera")
    bench.ask(moved(START, z=0.1), **REACH)
    bench.run(3.0)
    assert bench.stopped_by == ""


def test_stale_tactile__trips_after_its_patience(bench: Bench) -> None:
    bench.silent.add("tactile")
    policy_steps(bench, 8)
    assert bench.stopped_by == "stale_tactile"


def test_stale_tactile__trips_if_none_ever_came() -> None:
    bench = Bench(arm_config(), task_config())
    fresh = Bench.__new__(Bench)
    fresh.__dict__.update(bench.__dict__)
    fresh.gate = type(bench.gate)(bench.config, 1)
    fresh.gate.set_task(task_config(), TARGET)
    fresh.gate.arm(fresh.t, fresh.report)
    fresh.gate.on_camera(fresh.t)
    fresh.ask()
    assert fresh.stopped_by == "stale_tactile"


def test_late_setpoint__holds_at_once_and_trips_after_a_second(bench: Bench) -> None:
    bench.ask(moved(START, x=0.01))
    bench.run(0.3)
    assert bench.gate.state == GateState.HOLDING
    assert bench.gate.trip is None
    bench.run(1.1)
    assert bench.stopped_by == "late_setpoint"


def test_late_setpoint__silence_after_the_last_one_is_no_fault(bench: Bench) -> None:
    bench.ask(moved(START, x=0.01), last=True)
    bench.run(5.0)
    assert bench.gate.state == GateState.HOLDING
    assert bench.commands[-1][1].allclose(moved(START, x=0.01))


def test_late_setpoint__an_old_one_is_dropped(bench: Bench) -> None:
    bench.ask(moved(START, x=0.01), stamp=bench.t - 1.5)
    bench.run(0.1)
    assert bench.commands == []
    assert bench.gate.counts["dropped"] == 1


def test_late_setpoint__an_overtaken_one_is_dropped(bench: Bench) -> None:
    bench.ask(moved(START, x=0.01), sequence=8)
    bench.ask(moved(START, x=-0.01), sequence=7)
    bench.run(0.2)
    assert bench.commands[-1][1].allclose(moved(START, x=0.01))


@pytest.mark.parametrize("source", list(Source))
def test_contact__trips_while_the_arm_moves(bench: Bench, source: Source) -> None:
    bench.ask(moved(START, x=0.01), source=source)
    bench.tick()
    bench.norm = 601.0
    bench.tick()
    assert bench.stopped_by == "contact"
    assert "601" in bench.gate.trip.reason


def test_contact__touching_the_resting_arm_is_allowed(bench: Bench) -> None:
    bench.norm = 900.0
    bench.run(0.5)
    assert bench.gate.state == GateState.READY


def test_driver_error__trips_with_its_text(bench: Bench) -> None:
    bench.ask(moved(START, x=0.01))
    bench.tick()
    bench.report = replace(bench.report, error=31, mode=0, state=4)
    bench.tick()
    assert bench.stopped_by == "driver_error"
    assert bench.gate.trip.reason == "xArm error 31 (collision: abnormal joint current)"


def test_driver_mode__drop_trips(bench: Bench) -> None:
    bench.report = replace(bench.report, mode=0)
    bench.tick()
    assert bench.stopped_by == "driver_mode"


@pytest.mark.parametrize("state", [3, 4, 5])
def test_driver_state__pause_or_stop_by_somebody_else_trips(bench: Bench, state: int) -> None:
    bench.report = replace(bench.report, state=state)
    bench.tick()
    assert bench.stopped_by == "driver_state"


def test_driver_offset__change_trips(bench: Bench) -> None:
    bench.report = replace(bench.report, offset=(0.0,) * 6)
    bench.tick()
    assert bench.stopped_by == "driver_offset"


def test_driver_refused__is_reported_by_the_node(bench: Bench) -> None:
    bench.gate.stop(bench.t, Rule.DRIVER_REFUSED, "set_servo_cartesian_aa: 9 (not ready to move)")
    assert bench.tick().trip.rule == Rule.DRIVER_REFUSED


def test_driver_silent__holds_then_trips(bench: Bench) -> None:
    bench.ask(moved(START, z=0.1), **REACH)
    bench.run(0.2)
    bench.outstanding = 5
    moving = len(bench.commands)
    bench.run(0.1)
    assert len(bench.commands) == moving
    assert bench.gate.state == GateState.HOLDING
    bench.run(0.3)
    assert bench.stopped_by == "driver_silent"


def test_gate_failure__is_reported_by_the_node(bench: Bench) -> None:
    bench.gate.stop(bench.t, Rule.GATE_FAILURE, "internal error")
    assert bench.tick().trip.rule == Rule.GATE_FAILURE


def test_recover__only_arming_again_allows_motion(bench: Bench) -> None:
    bench.gate.stop(bench.t, Rule.OPERATOR, "first")
    bench.gate.stop(bench.t, Rule.CONTACT, "second")
    bench.ask(moved(START, x=0.01))
    bench.run(0.5)
    assert bench.commands == []
    assert bench.gate.trip.reason == "first"
    bench.gate.arm(bench.t, bench.report)
    assert bench.run(0.1)[0].trip is None
    bench.ask(moved(START, x=0.01))
    bench.run(0.2)
    assert bench.commands[-1][1].allclose(moved(START, x=0.01))


def policy_steps(bench: Bench, count: int) -> None:
    """Small steps back and forth at 6 Hz."""
    for i in range(count):
        bench.ask(moved(START, x=0.004 * (-1) ** i))
        bench.run(1 / 6)


def fastest(bench: Bench) -> float:
    """m/s between consecutive commands."""
    pairs = zip(bench.commands[:-1], bench.commands[1:], strict=True)
    return max(a.distance(b)[0] / (tb - ta) for (ta, a), (tb, b) in pairs)
