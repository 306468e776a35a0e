"""What is really so: for experts, judges and scores, never for a policy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vital_ros.geometry import Pose


class Truth(NamedTuple):
    """The cell at an instant."""

    time: float
    """s since the reset."""
    target: Pose
    """Target frame in link_base, where the fixture really is."""
    tcp: Pose
    """link_tcp in the target frame."""
    part: Pose
    """The held part (its frame is link_tcp when held perfectly), or the free one, in the target frame."""
    force: float
    """N, net contact force between hand and world."""
    strain: NDArray[np.float64]
    """Elastic motion of the held part in the pads, along and about the axes of link_tcp, m and rad, (6,)."""
    opening: float
    """Of the gripper, 0 closed .. 1 open."""
