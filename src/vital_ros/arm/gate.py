"""The safety gate: everything that may move the arm passes here, and the most restrictive rule wins.

A pure state machine. Time is passed in (s, one clock for all inputs); it reads no clock and knows no ROS.

* A tripped rule latches: the state is STOPPED with a `Trip`, nothing leaves any more, and only `arm()`, called at an
  operator's wish, leads out. The first cause stays.
* A late or stale stream first holds (nothing is sent; in xArm modes 1 and 7 the arm rests at its last bounded target)
  and motion goes on where it was when the stream returns; after its patience it trips.
* Policy and teleoperation goals are clamped, in the order boxes, tilt, step (`Limits.bound`); what is absurd trips.
  Reach goals are never clamped.
* Caps of speed and acceleration stretch a motion's duration; what is replaced or held up goes on from rest. A hold or
  a stop itself ends a motion at once: the controller slows the arm down.
* A stream's first motion begins at the measured pose, never at a remembered one; the next ones at the commanded pose.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from vital_ros.arm import checks
from vital_ros.arm.interpolation import Caps, Segment, shortest_duration
from vital_ros.arm.limits import Limits
from vital_ros.arm.motion import Motion
from vital_ros.arm.rules import Rule, Trip, Violation
from vital_ros.arm.signals import GateState, Output, Report, Setpoint, Source
from vital_ros.arm.watch import Watch
from vital_ros.arm.xarm import describe_error
from vital_ros.config import ArmConfig, TaskConfig
from vital_ros.geometry import Pose

LATE = 1.5
"""A stream of setpoints counts as late after this many durations of its newest one."""
OUTSTANDING = 4
"""Motion requests without an answer from which on the driver counts as behind: motion pauses, nothing piles up."""
ANSWER_PATIENCE = 0.3
"""s of that after which the driver counts as silent."""
OPENING_STEP = 0.02
"""Smallest change of the gripper opening worth a command."""


@dataclass
class _Stream:
    """Setpoints of one source, from the first to the one marked `last`; a reach is a stream of one."""

    source: Source
    sequence: int
    duration: float
    last: bool

    @property
    def free(self) -> bool:
        """Within the task's box, at its own discretion: every source but the reach."""
        return self.source != Source.REACH


class SafetyGate:
    """See the module's text.

    Args:
        config: limits of config/robot.yaml.
        mode: xArm mode that the backend in use commands in.

    Attributes:
        state, trip: where the gate is and which rule tripped.
        hold: why it holds, empty if it does not.
        report: newest report of the driver.
        counts: setpoints `dropped`, and those changed by `workspace`, `tilt`, `step` or `speed`, since `arm()`.
    """

    def __init__(self, config: ArmConfig, mode: int):
        self._config = config
        self._mode = mode
        self._limits: Limits | None = None
        self._motion = Motion(config)
        self._stream: _Stream | None = None
        self._arm = Watch("arm state", Rule.STALE_ARM_STATE)
        self._camera = Watch("wrist camera frame", Rule.STALE_CAMERA)
        self._tactile = Watch("baselined tactile reading", Rule.STALE_TACTILE)
        self._setpoints = Watch("setpoint", Rule.LATE_SETPOINT)
        self._answers = Watch("answer of the driver to a motion request", Rule.DRIVER_SILENT)
        self._opening: float | None = None
        self._opening_sent = math.inf
        self._untold: Trip | None = None
        self._ticked = 0.0
        self.state = GateState.INACTIVE
        self.trip: Trip | None = None
        self.hold = ""
        self.report: Report | None = None
        self.counts: Counter[str] = Counter()

    @property
    def task(self) -> str:
        """Name of the task whose limits hold, empty if none."""
        return self._limits.task.name if self._limits else ""

    def reports_arrive(self, t: float) -> bool:
        """Whether the newest report of the driver is fresh."""
        return self._arm.age(t) <= self._config.staleness.arm_state

    # what an operator and the node's lifecycle ask for --------------------------------------------------------------

    def arm(self, t: float, report: Report) -> None:
        """Allow motion from now on; a trip is forgotten. The driver must have been made ready before."""
        self.trip = self._untold = None
        self.counts.clear()
        self._opening_sent, self._ticked = math.inf, t
        self.report = report
        self.state = GateState.READY
        self.on_report(t, report)

    def disarm(self) -> None:
        """Nothing leaves until the next `arm()`."""
        self._rest(GateState.INACTIVE)

    def set_task(self, task: TaskConfig, target: Pose) -> None:
        """Put a task's limits in force, its target frame in link_base; raise ValueError."""
        if self._engaged:  # a held motion too: it was planned within the limits in force
            raise ValueError(f"the arm is moving; task '{self.task}' stays in force")
        self._limits = Limits(self._config, task, target)

    def stop(self, t: float, rule: Rule, reason: str) -> None:
        """Trip a rule; the first one counts."""
        if self.state not in (GateState.INACTIVE, GateState.STOPPED):
            self._rest(GateState.STOPPED)
            self.trip = self._untold = Trip(rule, reason, t)

    # what comes in --------------------------------------------------------------------------------------------------

    def on_report(self, t: float, report: Report) -> None:
        """A state report of the driver arrived."""
        before, self.report = self.report, report
        self._arm.arrived(t)
        if report.error:
            self.stop(t, Rule.DRIVER_ERROR, f"xArm error {describe_error(report.error)}")
        elif report.mode != self._mode:
            self.stop(t, Rule.DRIVER_MODE, f"the arm is in mode {report.mode}, commanded was {self._mode}")
        elif report.state > 2:
            self.stop(t, Rule.DRIVER_STATE, f"the arm is in state {report.state}, it should be 1 or 2")
        elif before and report.offset != before.offset:
            self.stop(t, Rule.DRIVER_OFFSET, f"the controller's TCP offset changed to {list(report.offset)}")

    def on_camera(self, t: float) -> None:
        """A frame of the wrist camera arrived."""
        self._camera.arrived(t)

    def on_tactile(self, t: float, norm: float) -> None:
        """A tactile reading arrived; `norm` in uT, baseline subtracted."""
        self._tactile.arrived(t)
        if not self._engaged or self._limits is None:
            return
        limit = self._limits.task.tactile_limit
        if not math.isfinite(norm):
            self.stop(t, Rule.NON_FINITE, "the tactile reading is not a number")
        elif norm > limit:
            self.stop(t, Rule.CONTACT, f"tactile norm {norm:.0f} uT exceeds tactile_limit {limit:g} of {self.task}")

    def on_setpoint(self, t: float, setpoint: Setpoint) -> None:
        """A motion is asked for: it is dropped, trips a rule, or replaces the motion under way."""
        if self.state in (GateState.INACTIVE, GateState.STOPPED):
            self.counts["dropped"] += 1
            return
        try:
            self._follow(t, setpoint)
        except Violation as violation:
            self.stop(t, violation.rule, violation.reason)

    # what goes out --------------------------------------------------------------------------------------------------

    def tick(self, t: float, outstanding: int = 0) -> Output:
        """Advance by one servo tick. A trip is announced exactly once.

        Args:
            outstanding: motion requests that the driver has not answered yet.
        """
        if t < self._ticked:
            for watch in (self._arm, self._camera, self._tactile, self._setpoints, self._answers):
                watch.set_back(t)
        if outstanding <= OUTSTANDING:
            self._answers.arrived(t)
        elapsed, self._ticked = max(t - self._ticked, 0.0), t
        if self.state not in (GateState.INACTIVE, GateState.STOPPED):
            try:
                return self._next(t, elapsed)
            except Violation as violation:
                self.stop(t, violation.rule, violation.reason)
        untold, self._untold = self._untold, None
        return Output(trip=untold)

    # inside ---------------------------------------------------------------------------------------------------------

    @property
    def _engaged(self) -> bool:
        """A motion is under way or the next setpoint is due."""
        return self._stream is not None and (self._motion.segment is not None or not self._stream.last)

    def _rest(self, state: GateState) -> None:
        self._motion.rest()
        self._stream = self._opening = None
        self.hold = ""
        self.state = state

    def _follow(self, t: float, setpoint: Setpoint) -> None:
        config, motion, stream = self._config, self._motion, self._stream
        goal = checks.well_formed(setpoint)
        if self._limits is None or self.report is None:
            raise Violation(Rule.NO_TASK, "a setpoint came before any task: call /arm/set_task first")
        begins = stream is None or stream.last or stream.source != setpoint.source
        overtaken = not begins and stream is not None and setpoint.sequence <= stream.sequence
        if overtaken or abs(t - setpoint.stamp) > config.staleness.setpoint:
            self.counts["dropped"] += 1
            return
        source = Source(setpoint.source)
        last = setpoint.last or source == Source.REACH
        new = _Stream(source, setpoint.sequence, setpoint.duration, last)
        rests = begins and motion.at_rest
        before, start = (self.report.pose,) * 2 if rests else (motion.commanded, motion.resting_pose)
        if begins:
            self._check_begin(t, self._limits, before, new)
        if new.free:
            checks.step(self._limits, before, goal, first=begins)
            goal, changed = self._limits.bound(before, goal)
            self.counts.update(changed)
        else:
            checks.reach(self._limits, self.report.pose, goal)
        speed = config.max_speed if new.free else config.reach_speed
        caps = Caps(speed, config.max_angular_speed, config.max_acceleration, config.max_angular_acceleration)
        needed = shortest_duration(start, goal, caps, config.profile)
        self.counts["speed"] += 0 < setpoint.duration < needed * (1 - 1e-9)
        new.duration = max(setpoint.duration, needed, 1.0 / config.servo_rate)
        motion.begin(Segment(start, goal, new.duration, config.profile), caps)
        self._setpoints.arrived(t)
        self._stream = new
        opening = min(max(setpoint.opening, 0.0), 1.0)
        if abs(opening - self._opening_sent) > OPENING_STEP:
            self._opening = self._opening_sent = opening
        self.state = GateState.MOVING

    def _check_begin(self, t: float, limits: Limits, start: Pose, new: _Stream) -> None:
        age = self._arm.age(t)
        if age > self._config.staleness.arm_state:
            raise Violation(Rule.STALE_ARM_STATE, f"the newest arm state is {age:.2f} s old, too old to start from")
        for watch, rule in ((self._camera, Rule.STALE_CAMERA), (self._tactile, Rule.STALE_TACTILE)):
            watch.pardon()
            if new.source == Source.POLICY and not watch.ever_seen:
                raise Violation(rule, f"a policy setpoint came before any {watch.name}: does its node run?")
        checks.start(limits, start, with_task=new.free)

    def _next(self, t: float, elapsed: float) -> Output:
        self.hold = self._judge(t)
        pose = begun = None
        if self._stream is not None and self._limits is not None:
            if self.hold:
                self._motion.pause()
            else:
                pose = self._motion.advance(elapsed, self._limits, self._stream.free)
                begun, self._motion.fresh = self._motion.fresh, None
            moving = not self.hold and self._engaged
            self.state = GateState.MOVING if moving or pose is not None else GateState.HOLDING
        opening, self._opening = self._opening, None
        return Output(pose, begun if pose is not None else None, opening)

    def _judge(self, t: float) -> str:
        """Why to hold, empty if there is no reason."""
        limits = self._config.staleness
        holds = [self._arm.judge(t, limits.arm_state, limits.arm_state), self._answers.judge(t, 0.0, ANSWER_PATIENCE)]
        stream = self._stream
        if stream is not None and self._engaged:
            if stream.source == Source.POLICY:
                holds.append(self._camera.judge(t, limits.camera, limits.setpoint))
                holds.append(self._tactile.judge(t, limits.tactile, limits.setpoint))
            if not stream.last:
                holds.append(self._setpoints.judge(t, LATE * stream.duration, limits.setpoint))
        return next(filter(None, holds), "")
