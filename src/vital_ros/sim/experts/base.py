"""What all scripted experts have in common.

An expert sees the truth and demonstrates, imperfect on purpose. What it does follows from what camera and touch show,
so that it can be cloned: it moves sideways in proportion to the error while it comes nearer, and slows down before
it touches.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.config import TaskConfig
from vital_ros.geometry import Pose
from vital_ros.sim.tasks import Task
from vital_ros.sim.truth import Truth

SIDEWAYS, GAIN = 0.004, (0.1, 0.3)
"""Largest step sideways, m, and share of the error that one step takes away, drawn per episode."""
CONE = (0.8, 2.8)
"""Distance at which it waits over sideways error, drawn per episode.

No two people come down the same way: between them they pass every combination of height and error, which from the
camera's slanting view look so alike that a policy which has only seen some takes one for the other.
"""
SLIDING = 0.25
"""That share in contact."""
COMMITTED = 0.08
"""That share in the last millimetres, where it comes down to feel what it cannot see."""


class Expert(ABC):
    """Chooses where link_tcp goes in the next step of 1/6 s.

    Args:
        error: m, constant sideways error in a direction drawn per episode, which the expert does not know of; it then
            makes no misses of its own, which could make up for it.
    """

    def __init__(self, task: Task, limits: TaskConfig, error: float = 0.0):
        self.task, self.limits, self._error = task, limits, error
        self.reset(np.random.default_rng(0))

    def reset(self, rng: np.random.Generator) -> None:
        """Draw the flaws of the next episode."""
        self._offset = self._error * direction(rng)
        self._gain, self._cone = rng.uniform(*GAIN), rng.uniform(*CONE)

    def act(self, truth: Truth) -> tuple[Pose, float]:
        """Target of link_tcp in link_base and gripper opening for the next step."""
        move, opening = self.move(truth)
        # what the grip's tilt does to the part is left to the pads: the tool stays upright over the target
        upright = Rotation.from_quat((1.0, 0.0, 0.0, 0.0))
        return truth.target @ Pose.from_rotation(truth.tcp.position + move, upright), opening

    @abstractmethod
    def move(self, truth: Truth) -> tuple[NDArray[np.float64], float]:
        """Motion of link_tcp in the target frame, m, (3,), and gripper opening."""

    def tip(self, truth: Truth) -> NDArray[np.float64]:
        """The part's foremost point in the target frame as the expert believes it to be, m, (3,)."""
        tip = truth.part.apply(self.task.tip)
        return np.array([*(tip[:2] - self._offset), tip[2]])


def sideways(error: NDArray[np.float64], gain: float, largest: float = SIDEWAYS) -> NDArray[np.float64]:
    """One step towards an error of any dimension, m: a share of it, but no more than `largest`."""
    return error * min(gain, largest / max(float(np.linalg.norm(error)), 1e-9))


def direction(rng: np.random.Generator) -> NDArray[np.float64]:
    """A unit vector in the plane, uniform."""
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])
