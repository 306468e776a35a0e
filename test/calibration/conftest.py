"""Boards rendered with known truth: a pinhole camera above the table, the gripper holding the board into its view."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.calibration.board import MODULE, Board
from vital_ros.calibration.detection import Corners, Detector
from vital_ros.calibration.lens import Lens
from vital_ros.calibration.views import View
from vital_ros.config import load_config
from vital_ros.geometry import Pose

NOISE = 0.3
"""px, standard deviation of each corner's coordinates."""
FINE = 4
"""Rendered as many times larger, then averaged."""


class Rig:
    """The arm, a board in its gripper, and the third camera of the configuration.

    Attributes:
        camera: optical frame in link_base. held: board in link_tcp.
    """

    def __init__(self, seed: int, board: Board | None = None, lens: Lens | None = None):
        third = load_config().cameras.third
        self.random = np.random.default_rng(seed)
        self.board = board or Board()
        k = (third.k[0], third.k[4], third.k[2], third.k[5])
        self.lens = lens or Lens(third.width, third.height, k, (0.0,) * 5, "plumb_bob")
        jitter = Pose.from_rotvec(self.random.uniform(-0.05, 0.05, 3), self.random.uniform(-0.1, 0.1, 3))
        self.camera = Pose(third.placement.position, third.placement.quaternion) @ jitter
        tilt = Rotation.from_rotvec(self.random.uniform(-0.2, 0.2, 3))
        self.held = Pose.from_rotation(self.random.uniform((-0.02, -0.02, 0.04), (0.02, 0.02, 0.08)), tilt)

    def tool(self, turn: float = 0.45) -> Pose:
        """A pose of link_tcp that shows the board to the camera, turned by up to `turn` rad about each axis."""
        width, height = self.board.size
        facing = Rotation.from_rotvec(self.random.uniform(-turn, turn, 3))
        middle = self.random.uniform((-0.14, -0.1, 0.75), (0.14, 0.1, 1.0))
        board = Pose.from_rotation(middle - facing.apply((width / 2, height / 2, 0)), facing)
        return self.camera @ board @ self.held.inverse()

    def board_seen(self, tool: Pose) -> Pose:
        """The board in the optical frame."""
        return self.camera.inverse() @ tool @ self.held

    def picture(self, tool: Pose) -> NDArray[np.uint8]:
        """(H, W, 3) by a camera without distortion, with the noise of a sensor."""
        seen, pixel = self.board_seen(tool), self.board.square / (8 * MODULE)
        plane = np.array([[pixel, 0, pixel / 2], [0, pixel, pixel / 2], [0, 0, 1]])
        finer = np.array([[FINE, 0, (FINE - 1) / 2], [0, FINE, (FINE - 1) / 2], [0, 0, 1]])
        turn = seen.rotation.as_matrix()
        matrix = finer @ self.lens.matrix @ np.column_stack([turn[:, :2], seen.position]) @ plane
        size = (self.lens.width, self.lens.height)
        large = cv2.warpPerspective(
            self.board.picture(),
            matrix,
            (FINE * size[0], FINE * size[1]),
            borderValue=(140,),
        )
        grey = cv2.resize(large, size, interpolation=cv2.INTER_AREA)
        noisy = np.clip(grey + self.random.normal(0, 2.0, grey.shape), 0, 255).astype(np.uint8)
        return np.repeat(noisy[..., None], 3, axis=2)

    def view(self, number: int, tool: Pose, noise: float = NOISE, rendered: bool = True) -> View:
        """A view of a rendered picture, or of the corners alone, each coordinate with `noise` px."""
        if rendered:
            image = self.picture(tool)
            found = Detector(self.board).see(image).corners
            assert found is not None
        else:
            image = np.zeros((self.lens.height, self.lens.width, 3), np.uint8)
            every = np.arange(len(self.board.corners))
            found = Corners(every, self.lens.project(self.board_seen(tool).apply(self.board.corners)))
        pixels = found.pixels + self.random.normal(0, noise, found.pixels.shape)
        return View(f"view {number}", number * 10**9, image, Corners(found.ids, pixels), tool)

    def views(self, count: int, rendered: bool = False, turn: float = 0.45) -> list[View]:
        return [self.view(number, self.tool(turn), rendered=rendered) for number in range(1, count + 1)]


@pytest.fixture
def rig() -> Callable[..., Rig]:
    return Rig
