"""Whatever arrives, what leaves the gate keeps all limits, and nothing leaves after a stop."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vital_ros.arm import GateState, Rule, Source
from vital_ros.arm.limits import Box, tilt
from vital_ros.geometry import Pose

from .conftest import RATE, START, TARGET, Bench, arm_config, moved, task_config, turned

MAX_SPEED, MAX_ANGULAR_SPEED = 0.25, 1.0


def numbers(reach: float, wild: bool = True) -> st.SearchStrategy[float]:
    """Mostly sane, sometimes anything a network or a broken program may utter."""
    sane = st.floats(-reach, reach)
    return st.one_of(sane, sane, sane, st.floats(allow_nan=True, allow_infinity=True)) if wild else sane


def setpoints(wild: bool) -> st.SearchStrategy[dict]:
    return st.fixed_dictionaries(
        {
            "shift": st.tuples(*[numbers(0.03, wild)] * 3),
            "turn": st.tuples(*[numbers(0.25, wild)] * 3),
            "duration": st.one_of(st.just(1 / 6), st.floats(0, 0.5)),
            "source": st.sampled_from(list(Source)),
            "last": st.booleans(),
            "ticks": st.integers(0, 40),
            "stall": st.sampled_from([0.0] * 6 + [0.02, 0.09, 0.5]),
            "stop": st.sampled_from([False] * 9 + [True]),
        }
    )


def drive(bench: Bench, events: list[dict]) -> None:
    for event in events:
        pose = bench.report.pose
        raw = np.array(event["turn"])
        turn = raw if np.all(np.isfinite(raw)) and np.linalg.norm(raw) < 3 else np.zeros(3)
        goal = turned(pose, turn)
        position = tuple(float(v) for v in pose.position + np.array(event["shift"]))
        quaternion = tuple(goal.quaternion) if np.array_equal(turn, raw) else (*raw.tolist(), math.nan)
        bench.ask(
            source=event["source"],
            position=position,
            quaternion=quaternion,
            duration=event["duration"],
            last=event["last"],
        )
        if event["stop"]:
            bench.gate.stop(bench.t, Rule.OPERATOR, "stop")
        for _ in range(event["ticks"]):
            bench.tick()
        if event["stall"]:
            bench.tick(event["stall"])


@pytest.mark.filterwarnings("ignore:overflow")  # 1e200 m is a finite number
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(setpoints(wild=True), max_size=12))
def test_nothing_that_leaves_breaks_a_limit(events: list[dict]) -> None:
    config, task = arm_config(), task_config()
    bench = Bench(config, task)
    drive(bench, events)
    arm_box = Box(config.workspace)
    previous_time, previous = bench.commands[0][0] - 1 / RATE if bench.commands else 0.0, START
    for time, pose in bench.commands:
        distance, angle = previous.distance(pose)
        assert arm_box.excess(pose.position) < 1e-6
        assert tilt(pose) <= task.tilt_limit + 1e-5
        assert distance <= MAX_SPEED * (time - previous_time) + 1e-6
        assert angle <= MAX_ANGULAR_SPEED * (time - previous_time) + 1e-4
        assert distance <= config.max_tick_translation
        assert angle <= config.max_tick_rotation
        previous_time, previous = time, pose
    if bench.gate.state == GateState.STOPPED:
        assert bench.stopped_by  # and, by its own assertion, nothing left since


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(setpoints(wild=False), min_size=1, max_size=12), st.floats(-3, 3))
def test_policy_never_leaves_the_tasks_box_nor_exceeds_its_step(events: list[dict], yaw: float) -> None:
    task = task_config()
    bench = Bench(arm_config(), task)
    target = Pose.from_rotvec(TARGET.position, (0, 0, yaw))
    bench.gate.set_task(task, target)
    task_box = Box(task.workspace, target)
    for event in events:
        before, count = bench.report.pose, len(bench.commands)
        drive(bench, [event | {"source": Source.POLICY, "stop": False, "stall": 0.0}])
        for _, pose in bench.commands[count:]:
            distance, angle = before.distance(pose)
            assert task_box.excess(pose.position) < 1e-6
            assert distance <= task.max_step.translation + 1e-6
            assert angle <= task.max_step.rotation + 1e-5


def test_the_bench_moves_at_all() -> None:
    """Otherwise the properties above would hold for a gate that lets nothing out."""
    bench = Bench(arm_config(), task_config())
    bench.ask(moved(START, x=0.01))
    bench.run(0.2)
    assert len(bench.commands) >= 24
