"""What a setpoint must satisfy before it becomes a motion. Each check raises `Violation` with its rule."""

from __future__ import annotations

import math

from vital_ros.arm.limits import Limits, tilt
from vital_ros.arm.rules import Rule, Violation
from vital_ros.arm.signals import Setpoint, Source
from vital_ros.geometry import Pose

ABSURD = 3.0
"""A policy goal further than this many step caps away is no step: it trips instead of being clamped."""
START_MARGIN = 0.005
"""m that a motion may start outside a box; it never goes further out."""
TILT_MARGIN = 0.02
"""rad that a motion may start outside the tilt cone; it never tilts further."""


def well_formed(setpoint: Setpoint) -> Pose:
    """The goal of a setpoint whose numbers make sense."""
    numbers = (*setpoint.position, *setpoint.quaternion, setpoint.opening, setpoint.duration, setpoint.stamp)
    which = f"setpoint {setpoint.sequence}"
    if not all(map(math.isfinite, numbers)):
        raise Violation(Rule.NON_FINITE, f"{which} holds a number that is not finite")
    if setpoint.source not in list(Source):
        raise Violation(Rule.INVALID, f"{which} comes from unknown source {setpoint.source}")
    if setpoint.frame != "link_base":
        raise Violation(Rule.INVALID, f"{which} is given in frame '{setpoint.frame}', it should be link_base")
    if abs(math.hypot(*setpoint.quaternion) - 1.0) > 1e-3:
        raise Violation(Rule.INVALID, f"{which}: quaternion {setpoint.quaternion} is not a unit one")
    if setpoint.duration < 0:
        raise Violation(Rule.INVALID, f"{which}: duration {setpoint.duration:g} s is negative")
    return Pose(setpoint.position, setpoint.quaternion)


def start(limits: Limits, pose: Pose, with_task: bool) -> None:
    """A stream may begin at this pose; `with_task`: within the task's box and cone, not only the arm's box."""
    outside = limits.excess(pose, with_task)
    if outside > START_MARGIN:
        box = f"the workspace of {limits.task.name}" if with_task else "arm.workspace of robot.yaml"
        raise Violation(Rule.WORKSPACE, f"the tool starts {outside * 1e3:.0f} mm outside {box}")
    limit = limits.task.tilt_limit
    if with_task and tilt(pose) > limit + TILT_MARGIN:
        raise Violation(Rule.TILT, f"the tool starts tilted by {tilt(pose):.2f} rad, tilt_limit is {limit:g}")


def step(limits: Limits, before: Pose, goal: Pose, first: bool) -> None:
    """A policy's or operator's goal is no jump."""
    cap = limits.task.max_step
    distance, angle = before.distance(goal)
    if distance > ABSURD * cap.translation or angle > ABSURD * cap.rotation:
        raise Violation(
            Rule.FIRST_MOTION if first else Rule.STEP,
            f"a goal {distance * 1e3:.0f} mm and {angle:.2f} rad away is no step, "
            f"max_step is {cap.translation * 1e3:g} mm and {cap.rotation:g} rad",
        )


def reach(limits: Limits, here: Pose, goal: Pose) -> None:
    """A reach goal is used as it is or not at all: one outside the limits stems from a wrong localisation.

    Where the arm itself is a little outside, a goal may be as far out: to hold it there, or to lift it.
    """
    outside = limits.excess(goal, with_task=False)
    if outside > min(limits.excess(here, with_task=False), START_MARGIN) + 1e-6:
        place = ", ".join(f"{value:.3f}" for value in goal.position)
        raise Violation(
            Rule.WORKSPACE, f"reach goal ({place}) m lies {outside * 1e3:.0f} mm outside arm.workspace of robot.yaml"
        )
    limit = limits.task.tilt_limit
    if tilt(goal) > max(limit, min(tilt(here), limit + TILT_MARGIN)) + 1e-6:
        raise Violation(Rule.TILT, f"reach goal tilted by {tilt(goal):.2f} rad, tilt_limit is {limit:g}")
