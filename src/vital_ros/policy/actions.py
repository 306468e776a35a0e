"""What an action is: a bounded relative motion of the tool and the gripper's opening.

A physical action is 7 numbers: translation (3, m), rotation vector (3, rad), gripper opening (0 closed .. 1 open,
absolute). The rotation is always relative to the tool; the translation is along the tool's axes (paper 3.1: "relative
actions in the robot's end effector frame") or, frame 'base', along link_base's (what the release does undeclared, and
why it cannot follow a target turned about the vertical).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from vital_ros.config.base import Model, Positive, Vector3
from vital_ros.geometry import Pose

ACTION_SIZE = 7
TOLERANCE = 1e-6
"""By which rounding may carry a number of the network out of [-1, 1]."""
SPARE = 1.05
"""A scale holds every demonstrated action with 5 % to spare."""
Frame = Literal["tool", "base"]


def delta(start: Pose, end: Pose, frame: Frame) -> NDArray[np.float64]:
    """The motion from `start` to `end`, shape (6,): translation m, rotation vector rad."""
    to_tool = start.rotation.inv()
    translation = end.position - start.position
    if frame == "tool":
        translation = to_tool.apply(translation)
    return np.concatenate([translation, (to_tool * end.rotation).as_rotvec()])


def apply_delta(start: Pose, motion: ArrayLike, frame: Frame) -> Pose:
    """The pose that `motion` (6,) leads to; the inverse of `delta`."""
    motion = np.asarray(motion, dtype=np.float64)
    rotation = start.rotation
    translation = rotation.apply(motion[:3]) if frame == "tool" else motion[:3]
    return Pose.from_rotation(start.position + translation, rotation * Rotation.from_rotvec(motion[3:6]))


class ActionSpec(Model):
    """The action contract: how the network's numbers in [-1, 1] become physical; stored in every checkpoint.

    The mapping is symmetric (zero motion is zero), one scale for all translations and one for all rotations, so that
    no direction is distorted. With a `translation_range` it is the release's instead: [0, 1] between the smallest and
    the largest demonstrated translation of each axis, rotations and the gripper's opening as they are.
    """

    frame: Frame = "tool"
    translation_scale: Positive
    """m per unit; no demonstrated translation is larger."""
    rotation_scale: Positive
    """rad per unit."""
    translation_range: tuple[Vector3, Vector3] | None = None
    """m, smallest and largest of each axis."""
    still: tuple[int, ...] = ()
    """Rotation axes (3 .. 5) that no demonstration turns by more than noise: they are not turned.

    To say 0.2 mrad a step where nothing was shown is a small error, but nobody corrects it, and it adds up.
    """

    def normalise(self, actions: ArrayLike) -> NDArray[np.float64]:
        """Physical (..., 7) to network units, all in [-1, 1].

        Raises:
            ValueError: an action outside the scale, which a tanh head could never say.
        """
        scaled = (np.asarray(actions, dtype=np.float64) - self._offset()) / self._scale()
        if scaled.size and not np.abs(scaled).max() <= 1 + TOLERANCE:
            index = np.unravel_index(np.nanargmax(np.abs(scaled)), scaled.shape)
            raise ValueError(f"action {np.asarray(actions)[index[:-1]].round(4).tolist()} is outside the action scale")
        scaled[..., list(self.still)] = 0.0
        return scaled.clip(-1, 1)

    def denormalise(self, actions: ArrayLike) -> NDArray[np.float64]:
        """Network units (..., 7) to physical."""
        physical = np.asarray(actions, dtype=np.float64) * self._scale() + self._offset()
        physical[..., list(self.still)] = 0.0
        return physical

    def in_units(self, difference: ArrayLike) -> NDArray[np.float64]:
        """A difference of two physical actions (..., 7) in network units; it may be of any size."""
        return np.asarray(difference, dtype=np.float64) / self._scale()

    def _scale(self) -> NDArray[np.float64]:
        if self.translation_range is not None:
            low, high = self.translation_range
            return np.array([*np.subtract(high, low), 1.0, 1.0, 1.0, 1.0])
        return np.array([self.translation_scale] * 3 + [self.rotation_scale] * 3 + [0.5])

    def _offset(self) -> NDArray[np.float64]:
        if self.translation_range is not None:
            return np.array([*self.translation_range[0], 0.0, 0.0, 0.0, 0.0])
        return np.array([0.0] * 6 + [0.5])
