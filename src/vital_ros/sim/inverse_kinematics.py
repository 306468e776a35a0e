"""Differential inverse kinematics of the xArm 7 with mink: a pose of link_tcp in, joint angles out."""

from __future__ import annotations

import mink
import mujoco
import numpy as np
from numpy.typing import NDArray

from vital_ros.geometry import Pose
from vital_ros.sim.config import PhysicsConfig
from vital_ros.sim.xarm7 import HOME, add_arm

_LARGEST_STEP = 0.3  # rad


class Unreachable(ValueError):
    """A pose the arm cannot take."""


class InverseKinematics:
    """Follows poses from the previous solution, so that a stream of near poses gives a smooth joint path.

    Attributes:
        joints: rad, shape (7,), the solution so far.
    """

    def __init__(self, physics: PhysicsConfig):
        spec = mujoco.MjSpec()
        spec.compiler.degree = False
        add_arm(spec, physics)
        self._configuration = mink.Configuration(spec.compile(), q=HOME)
        model = self._configuration.model
        self._frame = mink.FrameTask("link_tcp", "site", position_cost=1.0, orientation_cost=0.3, lm_damping=1e-6)
        posture = mink.PostureTask(model, cost=1e-3)
        posture.set_target(HOME)
        self._tasks = [self._frame, posture]
        self._limits = [mink.ConfigurationLimit(model)]

    @property
    def joints(self) -> NDArray[np.float64]:
        return self._configuration.q.copy()

    @joints.setter
    def joints(self, q: NDArray[np.float64]) -> None:
        self._configuration.update(q)

    def pose(self) -> Pose:
        """Where link_tcp is with `joints`, in link_base."""
        return Pose.from_matrix(self._configuration.get_transform_frame_to_world("link_tcp", "site").as_matrix())

    def follow(self, target: Pose) -> NDArray[np.float64]:
        """One Newton step towards `target`; returns the new joints, rad, shape (7,)."""
        x, y, z, w = target.quaternion
        wxyz_xyz = np.array([w, x, y, z, *target.position])
        self._frame.set_target(mink.SE3(wxyz_xyz))
        velocity = mink.solve_ik(
            self._configuration, self._tasks, dt=1.0, solver="daqp", damping=1e-9, limits=self._limits
        )
        velocity *= min(1.0, _LARGEST_STEP / max(float(np.abs(velocity).max()), 1e-12))
        self._configuration.integrate_inplace(velocity, 1.0)
        return self.joints

    def solve(self, target: Pose, iterations: int = 200) -> NDArray[np.float64]:
        """Iterate to convergence; raise Unreachable when 10 um or 10 urad are not met."""
        for _ in range(iterations):
            joints = self.follow(target)
            metres, radians = self.pose().distance(target)
            if metres < 1e-5 and radians < 1e-5:
                return joints
        raise Unreachable(
            f"the arm cannot reach {np.round(target.position, 3).tolist()} m (off by {1e3 * metres:.1f} mm)"
        )
