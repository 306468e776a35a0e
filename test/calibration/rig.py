"""Boards rendered with known truth, for the third camera and for the wrist camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.calibration.board import MODULE, Board
from vital_ros.calibration.detection import Corners, Detector
from vital_ros.calibration.lens import Lens
from vital_ros.calibration.views import View
from vital_ros.config import load_config
from vital_ros.geometry import Pose
from vital_ros.sim.lens import SOURCE_SIZE, Fisheye, source_fov

NOISE = 0.3
"""px, standard deviation of each corner's coordinates."""
FINE = 4
"""Rendered as many times larger, then averaged."""


def pinhole_picture(board: Board, seen: Pose, matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The board at `seen` in the optical frame on grey ground, (H, W)."""
    pixel = board.square / (8 * MODULE)
    plane = np.array([[pixel, 0, pixel / 2], [0, pixel, pixel / 2], [0, 0, 1]])
    finer = np.array([[FINE, 0, (FINE - 1) / 2], [0, FINE, (FINE - 1) / 2], [0, 0, 1]])
    homography = finer @ matrix @ np.column_stack([seen.rotation.as_matrix()[:, :2], seen.position]) @ plane
    large = cv2.warpPerspective(board.picture(), homography, (FINE * size[0], FINE * size[1]), borderValue=(140,))
    return cv2.resize(large, size, interpolation=cv2.INTER_AREA)


def noisy(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """(H, W, 3), with a sensor's noise."""
    colours = np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else image
    return np.clip(colours + random.normal(0, 2.0, colours.shape), 0, 255).astype(np.uint8)


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
        size = (self.lens.width, self.lens.height)
        return noisy(pinhole_picture(self.board, self.board_seen(tool), self.lens.matrix, size), self.random)

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


class EyeRig:
    """A wrist camera whose lens nobody knows, through the simulated cell's own lens.

    Attributes:
        camera: its configuration, with the true k and d.
    """

    def __init__(self, seed: int, board: Board | None = None):
        self.random = np.random.default_rng(seed)
        self.board = board or Board()
        focal, ratio = self.random.uniform(80, 110), self.random.uniform(0.98, 1.02)
        cx, cy = self.random.uniform((74, 58), (86, 70))
        self.camera = load_config().cameras.wrist.model_copy(
            update={
                "k": (focal, 0, cx, 0, ratio * focal, cy, 0, 0, 1),
                "d": (*self.random.uniform((-0.05, -0.02), (0.05, 0.02)), 0.003, -0.001),
            }
        )
        self.eye = Fisheye(self.camera)

    def board_seen(self, turn: float = 0.6) -> Pose:
        """Before the camera, often partly outside the picture."""
        facing = Rotation.from_rotvec(self.random.uniform(-turn, turn, 3))
        middle = self.random.uniform((-0.1, -0.08, 0.12), (0.1, 0.08, 0.2))
        width, height = self.board.size
        pose = Pose.from_rotation(middle - facing.apply((width / 2, height / 2, 0)), facing)
        edge = pose.apply([(0, 0, 0), (width, 0, 0), (0, height, 0), (width, height, 0)])
        return pose if edge[:, 2].min() > 0.03 else self.board_seen(turn)

    def picture(self, seen: Pose) -> NDArray[np.uint8]:
        focal, middle = SOURCE_SIZE / 2 / np.tan(source_fov(self.camera) / 2), (SOURCE_SIZE - 1) / 2
        matrix = np.array([[focal, 0, middle], [0, focal, middle], [0, 0, 1]])
        wide = pinhole_picture(self.board, seen, matrix, (SOURCE_SIZE, SOURCE_SIZE))
        return noisy(self.eye.view(np.repeat(wide[..., None], 3, axis=2)), self.random)

    def views(self, count: int, noise: float = NOISE, turn: float = 0.6) -> list[View]:
        """Rendered, with `noise` px on each coordinate of the corners that were found."""
        detector, views = Detector(self.board), []
        while len(views) < count:
            image = self.picture(self.board_seen(turn))
            if found := detector.see(image).corners:
                pixels = found.pixels + self.random.normal(0, noise, found.pixels.shape)
                views.append(View(f"view {len(views) + 1}", len(views), image, Corners(found.ids, pixels)))
        return views
