"""What goes into the safety gate and what comes out of it: plain data, SI units, quaternions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from vital_ros.arm.interpolation import Segment
from vital_ros.arm.rules import Trip
from vital_ros.geometry import Pose


class GateState(IntEnum):
    """The numbers of vital_msgs/ArmStatus."""

    INACTIVE = 0
    READY = 1
    MOVING = 2
    HOLDING = 3
    STOPPED = 4


class Source(IntEnum):
    """Who asks for a motion: the numbers of vital_msgs/Setpoint."""

    POLICY = 0
    REACH = 1
    TELEOP = 2


@dataclass(frozen=True)
class Setpoint:
    """A motion asked for, unchecked: vital_msgs/Setpoint in plain numbers.

    Attributes:
        stamp: s, when it was decided.
        position: m, link_tcp in link_base.
        quaternion: x y z w.
        opening: 0 closed .. 1 open.
        duration: s to arrive; 0 as fast as the caps allow.
        last: the stream ends here on purpose.
    """

    source: int
    sequence: int
    stamp: float
    position: tuple[float, float, float]
    quaternion: tuple[float, float, float, float]
    opening: float
    duration: float
    last: bool = False
    frame: str = "link_base"


@dataclass(frozen=True)
class Report:
    """The driver's state, in the words of xarm_msgs/RobotMsg but SI.

    Attributes:
        pose: link_tcp in link_base.
        mode: 0 position, 1 servo, 7 online.
        state: 1 running, 2 ready, 3 paused, 4 stopped, 5 configuration changed.
        error: 0 none.
        offset: the controller's TCP offset as reported (mm, rad).
    """

    pose: Pose
    mode: int
    state: int
    error: int
    offset: tuple[float, ...] = ()


@dataclass(frozen=True)
class Output:
    """What leaves the gate at one servo tick; all None: nothing does.

    Attributes:
        pose: command of this tick.
        segment: the bounded motion that begins at this tick (for backends that hand whole motions over).
        opening: new gripper opening.
        trip: a rule tripped since the last tick: stop the arm.
    """

    pose: Pose | None = None
    segment: Segment | None = None
    opening: float | None = None
    trip: Trip | None = None
