"""The gate under attack: whatever arrives, in whatever order and at whatever time, no command breaks a limit."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from vital_ros.arm import GateState, Output, Report, Rule, SafetyGate, Setpoint, Source
from vital_ros.arm.xarm import SERVO_MODE
from vital_ros.geometry import Pose

from .conftest import OFFSET, RATE, START, TARGET, arm_config, task_config, turned
from .judge import Judge

STREAMS = int(os.environ.get("VITAL_ATTACKS", "2000"))
"""Generated streams of the thorough run."""
TASKS = {
    "key_lock": task_config(),
    "narrow": task_config(
        name="narrow",
        start_box={"center": (0, 0, 0.08), "size": (0.0, 0.0, 0.0)},
        workspace={"min": (-0.02, -0.02, 0.015), "max": (0.02, 0.02, 0.09)},
        tilt_limit=0.05,
        max_step={"translation": 0.004, "rotation": 0.03},
    ),
}
STREAM_LIMITS = {"report": 0.15, "camera": 0.3, "tactile": 0.1}
"""s without a sample after which nothing may leave (config/robot.yaml); camera and tactile for a policy only."""

small = st.floats(-0.03, 0.03)
turn = st.floats(-0.25, 0.25)
wild = st.floats(allow_nan=True, allow_infinity=True)
durations = st.one_of(st.just(1 / 6), st.just(0.0), st.floats(0, 0.5))


class Attack(RuleBasedStateMachine):
    """A gate at whose inputs everybody misbehaves, and the judge of its output."""

    @initialize(
        profile=st.sampled_from(["min_jerk", "min_jerk", "linear"]),
        yaw=st.floats(-3, 3),
        lag=st.sampled_from([0.0, 0.0, 0.5]),
    )
    def begin(self, profile: str, yaw: float, lag: float) -> None:
        config, task, target = arm_config(profile=profile), TASKS["key_lock"], _target(0.0, yaw)
        self.real, self.offset, self.stepped = 0.0, 100.0, -math.inf
        self.arrivals = dict.fromkeys(STREAM_LIMITS, 0.0)
        self.gate, self.judge = SafetyGate(config, SERVO_MODE), Judge(config, task, target, self.t)
        self.report, self.norm, self.outstanding, self.lag = Report(START, SERVO_MODE, 2, 0, OFFSET), 0.0, 0, lag
        self.reported = START  # what the gate was told; the arm may be elsewhere while its reports are silent
        self.silent: set[str] = set()
        self.sequence, self.source = 0, Source.REACH
        self.gate.on_camera(self.t)
        self.gate.on_tactile(self.t, 0.0)
        self.gate.set_task(task, target)
        self.gate.arm(self.t, self.report)

    @property
    def t(self) -> float:
        """The gate's clock."""
        return self.real + self.offset

    # whoever asks for motion ----------------------------------------------------------------------------------------

    @rule(
        shift=st.tuples(small, small, small),
        spin=st.tuples(turn, turn, turn),
        duration=durations,
        source=st.sampled_from([Source.POLICY, Source.POLICY, Source.TELEOP, Source.REACH]),
        last=st.booleans(),
        ticks=st.integers(0, 30),
    )
    def ask(
        self, shift: tuple[float, ...], spin: tuple[float, ...], duration: float, source: Source, last: bool, ticks: int
    ) -> None:
        goal = turned(Pose(self.report.pose.position + np.array(shift), self.report.pose.quaternion), spin)
        self._send(goal.position, goal.quaternion, source=source, duration=duration, last=last)
        self._run(ticks)

    @rule(ticks=st.integers(1, 30), count=st.integers(1, 4), shift=st.tuples(small, small, small))
    def follow_a_policy(self, ticks: int, count: int, shift: tuple[float, ...]) -> None:
        """Steps that go on in one direction, at any rate."""
        for _ in range(count):
            self._send(self.report.pose.position + np.array(shift) / 3, self.report.pose.quaternion)
            self._run(ticks)

    @rule(
        numbers=st.tuples(*[st.one_of(turn, wild)] * 7),
        fields=st.fixed_dictionaries(
            {},
            optional={
                "duration": st.one_of(durations, wild),
                "opening": wild,
                "source": st.integers(-1, 4),
                "frame": st.sampled_from(["link_base", "world", ""]),
                "stamp": st.one_of(st.floats(90, 110), wild),
                "sequence": st.integers(0, 2**32 - 1),
            },
        ),
    )
    def babble(self, numbers: tuple[float, ...], fields: dict[str, Any]) -> None:
        self._send(numbers[:3], numbers[3:], **fields)
        self._run(2)

    # the arm, the sensors, the clock --------------------------------------------------------------------------------

    @rule(ticks=st.integers(1, 60))
    def wait(self, ticks: int) -> None:
        self._run(ticks)

    @rule(seconds=st.sampled_from([0.0, 0.012, 0.021, 0.1, 0.5, 3.0]))
    def stall(self, seconds: float) -> None:
        self._run(1, seconds)

    @rule(seconds=st.one_of(st.floats(-2, 2), st.sampled_from([-1e4, -30.0, 30.0, 1e4])))
    def step_the_clock(self, seconds: float) -> None:
        self.offset += seconds
        self.stepped = self.real
        self._run(20)

    @rule(stream=st.sampled_from([*STREAM_LIMITS]), ticks=st.integers(1, 60))
    def silence(self, stream: str, ticks: int) -> None:
        self.silent ^= {stream}
        self._run(ticks)

    @rule(
        change=st.fixed_dictionaries(
            {},
            optional={
                "mode": st.sampled_from([0, 1, 2, 7]),
                "state": st.integers(1, 5),
                "error": st.sampled_from([0, 0, 31]),
            },
        )
    )
    def fail_the_driver(self, change: dict[str, int]) -> None:
        self.report = replace(self.report, **change)
        self._run(1)
        self.report = replace(self.report, mode=SERVO_MODE, state=2, error=0)

    @rule(shift=st.tuples(small, small, small), spin=st.tuples(turn, turn, turn))
    def push_the_arm(self, shift: tuple[float, ...], spin: tuple[float, ...]) -> None:
        pose = self.report.pose
        self.report = replace(
            self.report, pose=turned(Pose(pose.position + np.array(shift) / 3, pose.quaternion), spin)
        )
        self._run(1)

    @rule(norm=st.sampled_from([0.0, 0.0, 599.0, 601.0, math.nan]))
    def touch(self, norm: float) -> None:
        self.norm = norm
        self._run(3)

    @rule(outstanding=st.sampled_from([0, 0, 4, 5, 100]), ticks=st.integers(1, 60))
    def answer_late(self, outstanding: int, ticks: int) -> None:
        self.outstanding = outstanding
        self._run(ticks)

    # services -------------------------------------------------------------------------------------------------------

    @rule()
    def stop(self) -> None:
        self.gate.stop(self.t, Rule.OPERATOR, "stop")
        self.judge.blocked = True
        self._run(2)

    @rule()
    def disarm(self) -> None:
        self.gate.disarm()
        self.judge.blocked = True
        self._run(2)

    @precondition(lambda self: self.gate.state in (GateState.STOPPED, GateState.INACTIVE))
    @rule()
    def recover(self) -> None:
        """As the node does at /arm/recover and when it is activated; the arm is back at a good place."""
        self.silent.clear()
        self.norm, self.outstanding = 0.0, 0
        self.report, self.reported = Report(START, SERVO_MODE, 2, 0, OFFSET), START
        self.gate.arm(self.t, self.report)
        self.judge.armed(self.t)
        self.arrivals["report"] = self.real

    @rule(name=st.sampled_from([*TASKS]), shift=small, yaw=st.floats(-3, 3))
    def set_task(self, name: str, shift: float, yaw: float) -> None:
        target = _target(shift, yaw)
        try:
            self.gate.set_task(TASKS[name], target)
        except ValueError:
            return
        self.judge.set_task(TASKS[name], target)

    # inside ---------------------------------------------------------------------------------------------------------

    def _send(self, position: Any, quaternion: Any, **changes: Any) -> None:
        self.sequence += 1
        fields: dict[str, Any] = {
            "source": Source.POLICY,
            "sequence": self.sequence,
            "stamp": self.t,
            "position": tuple(float(v) for v in position),
            "quaternion": tuple(float(v) for v in quaternion),
            "opening": 0.0,
            "duration": 1 / 6,
        } | changes
        dropped = self.gate.counts["dropped"]
        self.gate.on_setpoint(self.t, Setpoint(**fields))
        if self.gate.state == GateState.STOPPED:
            self.judge.blocked = True
        elif self.gate.state != GateState.INACTIVE and self.gate.counts["dropped"] == dropped:
            self.source = Source(fields["source"])
            self.judge.accepted(self.source, self.reported)

    def _run(self, ticks: int, elapsed: float = 1 / RATE) -> None:
        for _ in range(ticks):
            self.real += elapsed
            self._deliver()
            was_stopped = self.gate.state == GateState.STOPPED
            output = self.gate.tick(self.t, self.outstanding)
            if self.gate.state == GateState.STOPPED:
                self.judge.blocked = True
                assert was_stopped or output.trip is not None
            self.judge.tick(self.t, output, self.reported)
            if output.pose is not None:
                self._nothing_is_blind()
                self._follow(output.pose)

    def _deliver(self) -> None:
        calls = {
            "report": lambda: self.gate.on_report(self.t, self.report),
            "camera": lambda: self.gate.on_camera(self.t),
            "tactile": lambda: self.gate.on_tactile(self.t, self.norm),
        }
        for stream, call in calls.items():
            if stream not in self.silent:
                call()
                self.arrivals[stream] = self.real
        if "report" not in self.silent:
            self.reported = self.report.pose

    def _nothing_is_blind(self) -> None:
        """By real time; after a step of the clock a stream's age counts from there."""
        for stream, limit in STREAM_LIMITS.items():
            if stream == "report" or self.source == Source.POLICY:
                since = max(self.arrivals[stream], self.stepped)
                assert self.real - since <= limit + 2 / RATE

    def _follow(self, pose: Pose) -> None:
        """The arm goes where it is told, or lags behind."""
        position = pose.position + self.lag * (self.report.pose.position - pose.position)
        self.report = replace(self.report, pose=Pose(position, pose.quaternion))


def _target(shift: float, yaw: float) -> Pose:
    return Pose.from_rotvec(TARGET.position + np.array((shift, 0.0, 0.0)), (0.0, 0.0, yaw))


def attack(streams: int) -> None:
    checks = [HealthCheck.too_slow]
    run_state_machine_as_test(
        Attack,
        settings=settings(max_examples=streams, stateful_step_count=20, deadline=None, suppress_health_check=checks),
    )


@pytest.mark.filterwarnings("ignore:overflow")  # 1e200 m is a finite number
def test_no_command_breaks_a_limit_or_follows_a_stop() -> None:
    attack(60)


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.filterwarnings("ignore:overflow")
def test_no_command_breaks_a_limit_or_follows_a_stop_in_many_streams() -> None:
    """100,000 on demand: VITAL_ATTACKS=100000 ./vital test test/arm/test_gate_attack.py"""
    attack(STREAMS)


def test_the_attack_moves_the_arm() -> None:
    """Otherwise the property would hold for a gate that lets nothing out."""
    machine = Attack()
    machine.begin("min_jerk", 0.0, 0.0)
    machine.follow_a_policy(25, 2, (0.02, 0.0, 0.0))
    assert machine.judge.commands >= 48


@pytest.mark.parametrize(
    "command",
    [
        {"position": START.position + np.array((0.0, 0.0, 0.011))},
        {"position": START.position + np.array((0.001, 0.0, 0.0))},
        {"quaternion": turned(START, (0.01, 0.0, 0.0)).quaternion},
    ],
    ids=["firmware's step", "acceleration", "angular speed"],
)
def test_the_judge_finds_a_wrong_command(command: dict[str, Any]) -> None:
    machine = Attack()
    machine.begin("min_jerk", 0.0, 0.0)
    machine.judge.accepted(Source.POLICY, START)
    pose = Pose(command.get("position", START.position), command.get("quaternion", START.quaternion))
    with pytest.raises(AssertionError):
        machine.judge.tick(machine.t + 1 / RATE, Output(pose), START)


def test_the_judge_finds_a_command_after_a_stop() -> None:
    machine = Attack()
    machine.begin("min_jerk", 0.0, 0.0)
    machine.judge.blocked = True
    with pytest.raises(AssertionError):
        machine.judge.tick(machine.t + 1 / RATE, Output(START), START)
