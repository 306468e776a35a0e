"""Rigid-body poses: one convention for the whole project.

A `Pose` maps points of its own (child) frame into its parent frame. Metres; unit quaternions in ROS order
(x, y, z, w) with w >= 0 (the first of x, y, z that is not 0 positive where w is 0), so that equal rotations have
equal numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation


@dataclass(frozen=True, eq=False)
class Pose:
    """A rigid transform; immutable.

    Attributes:
        position: m, shape (3,), read-only.
        quaternion: unit (x, y, z, w) with w >= 0, shape (4,), read-only.
    """

    position: NDArray[np.float64]
    quaternion: NDArray[np.float64]

    def __init__(self, position: ArrayLike = (0.0, 0.0, 0.0), quaternion: ArrayLike = (0.0, 0.0, 0.0, 1.0)):
        """Raise ValueError for wrong shapes, non-finite numbers or a zero quaternion."""
        p = np.array(position, dtype=np.float64)
        q = np.array(quaternion, dtype=np.float64)
        if p.shape != (3,) or q.shape != (4,):
            raise ValueError(f"a pose takes 3 + 4 numbers, got shapes {p.shape} and {q.shape}")
        norm = float(np.linalg.norm(q))
        if not (np.all(np.isfinite(p)) and np.isfinite(norm)) or norm < 1e-9:
            raise ValueError(f"not a pose: position {p.tolist()}, quaternion {q.tolist()}")
        leading = next(c for c in (q[3], q[0], q[1], q[2]) if c != 0)
        q /= norm if leading > 0 else -norm
        q += 0.0  # no negative zeros
        p.setflags(write=False)
        q.setflags(write=False)
        object.__setattr__(self, "position", p)
        object.__setattr__(self, "quaternion", q)

    @classmethod
    def from_rotation(cls, position: ArrayLike, rotation: Rotation) -> Pose:
        return cls(position, rotation.as_quat())

    @classmethod
    def from_matrix(cls, matrix: ArrayLike) -> Pose:
        """From a homogeneous 4x4 matrix."""
        m = np.asarray(matrix, dtype=np.float64)
        return cls(m[:3, 3], Rotation.from_matrix(m[:3, :3]).as_quat())

    @classmethod
    def from_rotvec(cls, position: ArrayLike, rotvec: ArrayLike) -> Pose:
        """From a position in m and a rotation vector in rad."""
        return cls(position, Rotation.from_rotvec(np.asarray(rotvec, dtype=np.float64)).as_quat())

    @property
    def rotation(self) -> Rotation:
        return Rotation.from_quat(self.quaternion)

    @property
    def rotvec(self) -> NDArray[np.float64]:
        """Rotation vector, rad, shape (3,)."""
        return self.rotation.as_rotvec()

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Homogeneous matrix, shape (4, 4)."""
        m = np.eye(4)
        m[:3, :3] = self.rotation.as_matrix()
        m[:3, 3] = self.position
        return m

    def __matmul__(self, other: Pose) -> Pose:
        """Compose: `a_from_b @ b_from_c` is `a_from_c`."""
        r = self.rotation
        return Pose.from_rotation(self.position + r.as_matrix() @ other.position, r * other.rotation)

    def inverse(self) -> Pose:
        r = self.rotation.inv()
        return Pose.from_rotation(-(r.as_matrix() @ self.position), r)

    def apply(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points of the child frame, shape (3,) or (n, 3), in the parent frame."""
        return np.asarray(points, dtype=np.float64) @ self.rotation.as_matrix().T + self.position

    def distance(self, other: Pose) -> tuple[float, float]:
        """Translation (m) and rotation (rad, 0..pi) between two poses."""
        angle = float((self.rotation.inv() * other.rotation).magnitude())
        return float(np.linalg.norm(other.position - self.position)), angle

    def allclose(self, other: Pose, atol: float = 1e-9) -> bool:
        translation, angle = self.distance(other)
        return translation <= atol and angle <= max(atol, 1e-7)
