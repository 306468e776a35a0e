"""Which recorded message a step of the policy had before its eyes.

A transition tells what the network saw, not which message that came from. The image is known by its stamp; touch and
pose are found by their values, since the time of an observation is known only to some tens of milliseconds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vital_ros.bags import Stream
from vital_ros.bags import messages as m
from vital_ros.geometry import Pose
from vital_ros.observation import ObservationSpec, preprocess_tactile

ROUNDING = 1000
"""ns by which a stamp may have suffered from being a double of seconds."""
SAME_POSE = 1e-9
"""m, rad"""


def image_index(stamps_ns: NDArray[np.int64], stamp_ns: int) -> int | None:
    """The frame of this stamp, None if it was not recorded."""
    if not len(stamps_ns):
        return None
    nearest = int(np.argmin(np.abs(stamps_ns - stamp_ns)))
    return nearest if abs(int(stamps_ns[nearest]) - stamp_ns) <= ROUNDING else None


def touch_index(touches: Stream, baseline: Any, seen: ArrayLike, before_ns: int, spec: ObservationSpec | None) -> int:
    """The newest reading that gives exactly `seen`, (values,), and is not newer than the step.

    Without the contract of the policy that acted, or where no reading fits, the newest one not newer than the step.
    """
    newest = max(int(np.searchsorted(touches.stamps_ns, before_ns, side="right")) - 1, 0)
    if spec is None:
        return newest
    wanted = np.asarray(seen, dtype=np.float32)
    for index in range(newest, -1, -1):
        if np.array_equal(preprocess_tactile(touches.messages[index].field, baseline.field, spec), wanted):
            return index
    return newest


def pose_index(arm: Stream, seen: Pose, before_ns: int) -> int:
    """The newest arm state with this pose that is not newer than the step; where none fits, the newest such."""
    newest = max(int(np.searchsorted(arm.stamps_ns, before_ns, side="right")) - 1, 0)
    for index in range(newest, -1, -1):
        distance, angle = m.pose_of(arm.messages[index].pose).distance(seen)
        if distance <= SAME_POSE and angle <= 1e-6:
            return index
    return newest
