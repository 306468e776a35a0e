"""From a policy's action to the pose asked of the arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from vital_ros.arm.signals import Source
from vital_ros.geometry import Pose
from vital_ros.policy.actions import Frame, apply_delta


@dataclass(frozen=True)
class Setpoint:
    """What is asked of the gate, in link_base; see vital_msgs/Setpoint.

    Attributes:
        opening: gripper, 0 closed .. 1 open.
        duration: s to arrive in; 0: as the reach speed allows.
        source: who asks: the policy, a reach motion or a person.
        last: silence afterwards is no fault.
        observation_stamp: s, of the sample it is based on; 0 if none.
    """

    pose: Pose
    opening: float
    duration: float = 0.0
    source: Source = Source.POLICY
    last: bool = False
    observation_stamp: float = 0.0


def anchor(mode: Literal["measured", "commanded"], measured: Pose, commanded: Pose | None, leash: float) -> Pose:
    """The pose a delta is added to.

    `measured` (the authors' public server) forgets what contact pushed back, which makes the arm soft; `commanded` (the
    pose of the last setpoint) keeps pressing, but never leads the measured position by more than `leash`, m.
    """
    if mode == "measured" or commanded is None:
        return measured
    lead = commanded.position - measured.position
    distance = float(np.linalg.norm(lead))
    if distance <= leash:
        return commanded
    return Pose(measured.position + lead * (leash / distance), commanded.quaternion)


def policy_setpoint(start: Pose, action: ArrayLike, frame: Frame, period: float, observation_stamp: float) -> Setpoint:
    """The setpoint of one policy step from the anchor `start` and a physical action, shape (7,)."""
    values = np.asarray(action, dtype=np.float64)
    opening = float(np.clip(values[6], 0.0, 1.0))
    pose = apply_delta(start, values[:6], frame)
    return Setpoint(pose, opening, period, observation_stamp=observation_stamp)
