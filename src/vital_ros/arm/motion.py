"""The commanded pose and the motion that carries it, tick by tick, within all limits."""

from __future__ import annotations

import math

from vital_ros.arm.interpolation import Caps, Segment, shortest_duration
from vital_ros.arm.limits import Limits, tilt
from vital_ros.arm.rules import Rule, Violation
from vital_ros.config import ArmConfig
from vital_ros.geometry import Pose

CATCH_UP = 3
"""Servo periods a motion may advance in one tick after the loop was held up; the rest of the time is lost."""
_EPSILON = 1e-6


class Motion:
    """One segment at a time. A motion that is replaced first comes to rest on its own way, within the caps.

    Attributes:
        commanded: pose of the newest command.
        segment: motion under way, None at rest.
        fresh: the segment to the goal when it has not yet left the gate, else None.
    """

    def __init__(self, config: ArmConfig):
        self._tick_translation = config.max_tick_translation
        self._tick_rotation = config.max_tick_rotation
        self._period = 1.0 / config.servo_rate
        # However long the loop was held up, one tick never carries the arm beyond the firmware's step at top speed
        self._longest_advance = min(
            CATCH_UP / config.servo_rate,
            config.max_tick_translation / config.max_speed,
            config.max_tick_rotation / config.max_angular_speed,
        )
        self.commanded = Pose()
        self.segment: Segment | None = None
        self.fresh: Segment | None = None
        self._after: Segment | None = None
        self._progress = 0.0
        self._flowing = self._arrived = False
        self._caps = Caps(math.inf, math.inf, math.inf, math.inf)

    @property
    def at_rest(self) -> bool:
        """Nothing is under way, nor was at the newest tick: until then the arm may be on its way to `commanded`."""
        return self.segment is None and not self._arrived

    @property
    def resting_pose(self) -> Pose:
        """Where a motion replaced now comes to rest: from there the next one begins."""
        brake = self._brake()
        return brake.goal if brake else self.commanded

    def begin(self, segment: Segment, caps: Caps) -> None:
        """Replace the motion under way; `segment` begins at `resting_pose`, or anywhere when nothing is under way."""
        brake = self._brake()
        self.segment, self._after = (brake, segment) if brake else (segment, None)
        self.commanded = self.segment.start
        self.fresh, self._caps, self._progress = segment, caps, 0.0

    def rest(self) -> None:
        self.segment = self.fresh = self._after = None
        self._flowing = self._arrived = False

    def pause(self) -> None:
        """Nothing is sent at this tick; `advance` goes on from rest."""
        self._flowing = self._arrived = False

    def advance(self, elapsed: float, limits: Limits, with_task: bool) -> Pose | None:
        """The next command, None at rest or where a limit ends the motion; raise Violation for a defect of the gate.

        Straight ways between poses within the boxes stay within them, but a slerp can bulge out of the tilt cone.
        """
        if self.segment is not None and not self._flowing and (self._progress > 0 or self._after is not None):
            self._go_on()
        segment, before = self.segment, self.commanded
        self._arrived = False
        if segment is None:
            return None
        self._flowing = True
        self._progress += min(elapsed, self._longest_advance)
        if self._progress >= segment.duration and self._after is not None:
            self._progress -= segment.duration
            self.segment, self._after = self._after, None
            segment = self.segment
        pose = segment.at(self._progress)
        if self._progress >= segment.duration:
            self.segment, self._flowing, self._arrived = None, False, True
        further_out = limits.excess(pose, with_task) > limits.excess(before, with_task) + _EPSILON
        if further_out or tilt(pose) > max(tilt(before), limits.task.tilt_limit) + _EPSILON:
            self.rest()
            return None
        if not self._is_servo_step(before, pose):
            raise Violation(Rule.TICK, "a servo step beyond the firmware's limit was about to be sent")
        self.commanded = pose
        return pose

    def _brake(self) -> Segment | None:
        """From the present speed to rest on the way under way; it ends before the goal, since that motion, planned
        within the same caps, comes to rest there."""
        segment = self.segment
        if segment is None or not self._flowing or segment.profile == "linear":
            return None
        rate = segment.rate(self._progress)
        caps = self._caps
        duration = rate * max(segment.distance / caps.acceleration, segment.angle / caps.angular_acceleration)
        if duration < _EPSILON:
            return None
        share = min(segment.share(self._progress) + rate * duration / 2.0, 1.0)
        return Segment(self.commanded, segment.along(share), duration, "brake")

    def _go_on(self) -> None:
        """After a pause: to the same goal, from rest."""
        goal, left = (self._after, 0.0) if self._after else (self.segment, self._progress)
        if goal is None:
            return
        shortest = shortest_duration(self.commanded, goal.goal, self._caps, goal.profile)
        duration = max(goal.duration - left, shortest, self._period)
        self.segment = self.fresh = Segment(self.commanded, goal.goal, duration, goal.profile)
        self._after, self._progress = None, 0.0

    def _is_servo_step(self, a: Pose, b: Pose) -> bool:
        """As `Pose.distance`, without the cost of two rotation objects 150 times a second."""
        half_cosine = min(abs(float(a.quaternion @ b.quaternion)), 1.0)
        within = math.dist(a.position, b.position) <= self._tick_translation + _EPSILON
        return within and 2.0 * math.acos(half_cosine) <= self._tick_rotation + _EPSILON
