"""AnySkin: five magnetometers under a magnetised skin, as a grid of dipoles moved by the skin's deformation.

Pad frame: x along the gripper's x, y along its z (the tool axis), z out of the skin towards the part; metres inside,
microtesla outside. The hardware's facts (5 chips, order centre, left, right, up, down, chip rotations) are those of the
`anyskin` package; magnitudes are plausible but not calibrated. See docs of the sensor: arXiv 2409.08276.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.sim.config import TactileModel

Array = NDArray[np.float64]

THICKNESS = 0.003
_CHIPS = 1e-3 * np.array([[0, 0, -1.2], [-7, 0, -1.2], [7, 0, -1.2], [0, 7, -1.2], [0, -7, -1.2]])
_CHIP_TURN = np.deg2rad([[-90.0], [-90.0], [180.0], [90.0], [0.0]])
_PATCH_HALF = np.array([0.008, 0.006])
_PRELOAD = -0.00035  # m, how far the grip alone presses the skin in
_EARTH = np.array([20.0, 5.0, -43.0])  # uT, link_base
_SPREAD = 0.0025  # m, how far beside a contact the skin is deformed
_YOUNG = 0.2e6  # Pa; sheared it is a third as stiff
_MAGNETISATION = 1.2e4  # A/m
_LSB = np.tile([0.150, 0.150, 0.242], 5)
_CLIP = 4900.0  # uT


PAD_FRAMES = (
    np.array([(1, 0, 0), (0, 0, 1), (0, -1, 0)], float).T,
    np.array([(-1, 0, 0), (0, 0, 1), (0, 1, 0)], float).T,
)
"""Pad frames in link_tcp, rotation matrices."""


class Indentation(NamedTuple):
    """How the held part has moved against the pad, in the pad's frame."""

    shift: Array
    """m, (3,)"""
    turn: Array
    """rad, rotation vector, (3,)"""


class Pad:
    """One skin with its own magnetisation and chip gains, drawn from `rng`: replacing a skin changes them."""

    def __init__(self, model: TactileModel, rng: np.random.Generator):
        self._model = model
        axes = (np.linspace(-0.011, 0.011, 9), np.linspace(-0.009, 0.009, 9), THICKNESS * np.array([1, 3, 5]) / 6)
        self._rest = np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)
        count = self._rest.shape[1]
        direction = np.array([[0], [0], [1]]) + rng.normal(0, 0.08, (count, 3)).T
        direction /= np.linalg.norm(direction, axis=0)
        volume = 0.022 * 0.018 * THICKNESS / count
        self._moments = _MAGNETISATION * volume * (1 + rng.uniform(-0.12, 0.12, count)) * direction
        turn = Rotation.from_euler("z", _CHIP_TURN).inv().as_matrix()
        self._gains = turn * (1 + rng.normal(0, model.gain_error, (5, 3, 3)))
        self._noise = np.tile(model.noise, 5)
        # shape functions of the deformation, fixed by the contact patch of the held part
        x, y, z = self._rest
        outside = np.hypot(*np.maximum(np.abs(self._rest[:2]) - _PATCH_HALF[:, None], 0))
        patch = np.exp(-(outside**2) / (2 * (0.6 * THICKNESS) ** 2))
        height = z / THICKNESS
        self._arm = np.stack([x, y, 0 * z])
        self._carried = patch * height
        self._bulge = 0.45 * self._arm / (_PATCH_HALF.max() + THICKNESS) * 4 * height * (1 - height) * patch
        self.reset(rng)

    def reset(self, rng: np.random.Generator) -> None:
        """New offsets, no drift, nothing remembered."""
        self._offset = rng.normal(0, self._model.offset, 15)
        self._late: Array | None = None

    def sample(self, displacement: Array, world_from_pad: Array, rng: np.random.Generator) -> Array:
        """The next reading, one period after the one before: uT in the chips' axes, shape (15,).

        Args:
            displacement: of every dipole, m, (3, n), from `carried` or `pressed`.
            world_from_pad: rotation matrix, link_base from the pad's frame.
        """
        model, period = self._model, 1 / self._model.rate
        if self._late is None:
            self._late = displacement
        self._late = self._late + (displacement - self._late) * (1 - np.exp(-period / model.creep_time))
        field = self._field((1 - model.creep) * displacement + model.creep * self._late)
        field += world_from_pad.T @ _EARTH
        self._offset += rng.normal(0, model.drift * np.sqrt(period), 15)
        reading = np.einsum("cij,cj->ci", self._gains, field).ravel() + self._offset + rng.normal(0, self._noise)
        return np.clip(_LSB * np.round(reading / _LSB), -_CLIP, _CLIP)

    def carried(self, indentation: Indentation) -> Array:
        """Displacement of every dipole, m, (3, n), by a held part: along with it under the patch, bulging beside."""
        press = min(indentation.shift[2] + _PRELOAD, 0.0)  # the skin cannot be pulled
        a, b, c = indentation.turn
        turned = np.array([[0, -c, b], [c, 0, -a], [-b, a, 0]]) @ self._arm
        shift = np.array([[indentation.shift[0]], [indentation.shift[1]], [press]])
        moved = (shift + turned) * self._carried + abs(press) * self._bulge
        return np.clip(moved, -0.6 * THICKNESS, 0.6 * THICKNESS)

    def pressed(self, points: Array, forces: Array) -> Array:
        """Displacement of every dipole, m, (3, n), by contacts: their sum presses evenly on the patch that they span.

        Args:
            points, forces: on the skin, m and N, (k, 3) each, in the pad's frame.
        """
        if not len(points):
            return np.zeros_like(self._rest)
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        area = float(np.prod(high - low + np.sqrt(2 * np.pi) * _SPREAD))
        outside = np.hypot(*np.maximum(np.abs(self._rest[:2].T - (low + high) / 2) - (high - low) / 2, 0).T)
        weight = np.exp(-(outside**2) / (2 * _SPREAD**2)) * self._rest[2] / (_YOUNG * area)
        x, y, z = forces.sum(axis=0)
        moved = np.outer([3 * x, 3 * y, min(z, 0.0) / 1.5], weight)
        return np.clip(moved, -0.6 * THICKNESS, 0.6 * THICKNESS)

    def _field(self, displacement: Array) -> Array:
        """Of all dipoles at the chips, uT, (5, 3)."""
        x, y, z = _CHIPS.T[:, :, None] - (self._rest + displacement)[:, None, :]  # each (5, n), from dipole to chip
        mx, my, mz = self._moments
        square = x * x + y * y + z * z
        cube = 1 / (square * np.sqrt(square))
        along = 3 * (x * mx + y * my + z * mz) * cube / square
        field = np.stack([(along * x).sum(1), (along * y).sum(1), (along * z).sum(1)], axis=1) - cube @ self._moments.T
        return 0.1 * field  # mu0 / 4 pi = 1e-7 T m/A
