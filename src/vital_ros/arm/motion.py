"""The commanded pose and the motion that carries it, tick by tick, within all limits."""

from __future__ import annotations

import math

from vital_ros.arm.interpolation import Segment
from vital_ros.arm.limits import Limits, tilt
from vital_ros.arm.rules import Rule, Violation
from vital_ros.config import ArmConfig
from vital_ros.geometry import Pose

CATCH_UP = 3
"""Servo periods a motion may advance in one tick after the loop was held up; the rest of the time is lost."""
_EPSILON = 1e-6


class Motion:
    """One segment at a time.

    Attributes:
        commanded: pose of the newest command.
        segment: motion under way, None at rest.
        fresh: the segment has not yet left the gate.
    """

    def __init__(self, config: ArmConfig):
        self._tick_translation = config.max_tick_translation
        self._tick_rotation = config.max_tick_rotation
        # However long the loop was held up, one tick never carries the arm beyond the firmware's step at top speed
        self._longest_advance = min(
            CATCH_UP / config.servo_rate,
            config.max_tick_translation / config.max_speed,
            config.max_tick_rotation / config.max_angular_speed,
        )
        self.commanded = Pose()
        self.segment: Segment | None = None
        self.fresh = False
        self._progress = 0.0

    def begin(self, segment: Segment) -> None:
        """Replace the motion under way."""
        self.commanded, self.segment, self.fresh, self._progress = segment.start, segment, True, 0.0

    def rest(self) -> None:
        self.segment, self.fresh = None, False

    def advance(self, elapsed: float, limits: Limits, with_task: bool) -> Pose | None:
        """The next command, None at rest or where a limit ends the motion; raise Violation for a defect of the gate.

        Straight ways between poses within the boxes stay within them, but a slerp can bulge out of the tilt cone.
        """
        segment, before = self.segment, self.commanded
        if segment is None:
            return None
        self._progress += min(elapsed, self._longest_advance)
        pose = segment.at(self._progress)
        if self._progress >= segment.duration:
            self.segment = None
        further_out = limits.excess(pose, with_task) > limits.excess(before, with_task) + _EPSILON
        if further_out or tilt(pose) > max(tilt(before), limits.task.tilt_limit) + _EPSILON:
            self.rest()
            return None
        if not self._is_servo_step(before, pose):
            raise Violation(Rule.TICK, "a servo step beyond the firmware's limit was about to be sent")
        self.commanded = pose
        return pose

    def _is_servo_step(self, a: Pose, b: Pose) -> bool:
        """As `Pose.distance`, without the cost of two rotation objects 150 times a second."""
        half_cosine = min(abs(float(a.quaternion @ b.quaternion)), 1.0)
        within = math.dist(a.position, b.position) <= self._tick_translation + _EPSILON
        return within and 2.0 * math.acos(half_cosine) <= self._tick_rotation + _EPSILON
