"""Picking views out of a stream of pictures: the board at rest, each time somewhere else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, deque

import numpy as np
from numpy.typing import NDArray

from vital_ros.calibration.board import Board
from vital_ros.calibration.detection import LEAST_CORNERS, Corners, Detector
from vital_ros.calibration.lens import Lens
from vital_ros.calibration.views import View
from vital_ros.config import ConfigError
from vital_ros.geometry import Pose

GAP = 0.25
"""s between two pictures that are looked at."""
REST = 0.15
"""s before and after a picture in which the arm must stand still."""
REST_M, REST_RAD = 0.0005, np.deg2rad(0.1)
"""By which its pose may change in that time."""
APART_M, APART_RAD = 0.01, np.deg2rad(3.0)
"""By one of which a view's pose differs from every other view's."""
WAITING = 60
"""Pictures that wait for poses at most."""
REST_SHARE, APART_SHARE = 0.002, 0.05
"""Of the picture's width: by which the board's corners may move in `GAP`, and differ from every other view's."""
REST_PX = 0.5
"""What noise alone may move them by, px."""


class Collector(ABC):
    """Takes pictures in the order of their stamps, keeps views.

    Attributes:
        views: kept so far.
        lens: of the camera's own CameraInfo, when one came.
        told: how many pictures became what.
        pictures: those that the views rest on, with their stamps in ns.
    """

    def __init__(self, board: Board, width: int, height: int):
        """Pictures are expected to be `width` x `height`, px."""
        self.views: list[View] = []
        self.lens: Lens | None = None
        self.told: Counter[str] = Counter()
        self.pictures: list[tuple[int, NDArray[np.uint8]]] = []
        self._board, self._size, self._detector = board, (width, height), Detector(board)
        self._looked, self._markers = -(10**18), Counter[int]()

    def add_lens(self, lens: Lens) -> None:
        """A CameraInfo. Raise ConfigError when it is of other pictures."""
        if (lens.width, lens.height) != self._size:
            raise ConfigError(
                f"the CameraInfo is for pictures of {lens.width} x {lens.height} px, cameras.yaml says "
                f"{self._size[0]} x {self._size[1]}; start the camera with that size, or change it there"
            )
        self.lens = lens

    def add_image(self, stamp_ns: int, image: NDArray[np.uint8]) -> None:
        """RGB (H, W, 3) or grey (H, W). Raise ConfigError when it is of another size."""
        height, width = image.shape[:2]
        if (width, height) != self._size:
            raise ConfigError(
                f"the pictures are of {width} x {height} px, cameras.yaml says {self._size[0]} x {self._size[1]}; "
                f"start the camera with that size, or change it there"
            )
        self.told["pictures"] += 1
        self._take(stamp_ns, image)

    def finish(self) -> list[View]:
        """The views. Raise ConfigError when the board is not the one that was said."""
        columns, rows = self._board.columns, self._board.rows
        often = max(self._markers.values(), default=0) / 2  # clutter is read as a marker now and then
        strange = sorted(n for n, count in self._markers.items() if n >= columns * rows // 2 and count >= often)
        if strange:
            raise ConfigError(
                f"markers {', '.join(map(str, strange))} are not of a board of {columns} x {rows} squares, which has "
                f"0 to {columns * rows // 2 - 1}; give its own as --squares"
            )
        return self.views

    def account(self) -> str:
        """What became of the pictures, for a person."""
        parts = [f"{count} {what}" for what, count in self.told.items()]
        return ", ".join([*(parts or ["no pictures"]), f"{len(self.views)} views"])

    @abstractmethod
    def _take(self, stamp_ns: int, image: NDArray[np.uint8]) -> None: ...

    def _look(self, image: NDArray[np.uint8]) -> Corners | None:
        seen = self._detector.see(image)
        self._markers.update(seen.markers)
        if seen.corners is None:
            self.told["without the board"] += 1
        return seen.corners

    def _keep(self, stamp_ns: int, image: NDArray[np.uint8], corners: Corners, tool: Pose | None) -> None:
        self.pictures.append((stamp_ns, image))
        self.views.append(View(f"view {len(self.views) + 1}", stamp_ns, image, corners, tool))


class HeldBoard(Collector):
    """For a fixed camera and a board in the gripper: pictures taken while the arm stood still, by its own poses."""

    def __init__(self, board: Board, width: int, height: int):
        super().__init__(board, width, height)
        self._waiting: deque[tuple[int, NDArray[np.uint8]]] = deque()
        self._poses: deque[tuple[int, Pose]] = deque(maxlen=2000)

    def add_pose(self, stamp_ns: int, tool: Pose) -> None:
        """link_tcp in link_base."""
        self._poses.append((stamp_ns, tool))
        while self._waiting and self._waiting[0][0] + REST * 1e9 <= stamp_ns:
            self._judge(*self._waiting.popleft())

    def finish(self) -> list[View]:
        while self._waiting:
            self._judge(*self._waiting.popleft())
        return super().finish()

    def _take(self, stamp_ns: int, image: NDArray[np.uint8]) -> None:
        self._waiting.append((stamp_ns, image))
        if len(self._waiting) > WAITING:
            self._judge(*self._waiting.popleft())

    def _judge(self, stamp_ns: int, image: NDArray[np.uint8]) -> None:
        near = [(stamp, pose) for stamp, pose in self._poses if abs(stamp - stamp_ns) <= REST * 1e9]
        if not near or not near[0][0] <= stamp_ns <= near[-1][0]:
            self.told[f"without arm poses within {1e3 * REST:.0f} ms before and after them"] += 1
            return
        tool = min(near, key=lambda sample: abs(sample[0] - stamp_ns))[1]
        if not all(_close(tool, pose, REST_M, REST_RAD) for _, pose in near):
            self.told["with the arm in motion"] += 1
        elif any(view.tool is not None and _close(tool, view.tool, APART_M, APART_RAD) for view in self.views):
            self.told["where there is a view already"] += 1
        elif stamp_ns - self._looked >= GAP * 1e9:
            self._looked = stamp_ns
            if corners := self._look(image):
                self._keep(stamp_ns, image, corners, tool)


class ShownBoard(Collector):
    """For a camera's lens: pictures in which the board is where it was a moment before."""

    _before: tuple[int, NDArray[np.uint8], Corners] | None = None

    def _take(self, stamp_ns: int, image: NDArray[np.uint8]) -> None:
        if stamp_ns - self._looked < GAP * 1e9:
            return
        self._looked = stamp_ns
        before, corners = self._before, self._look(image)
        self._before = None if corners is None else (stamp_ns, image, corners)
        if corners is None:
            return
        still = max(REST_PX, REST_SHARE * self._size[0])
        if before is None or _motion(before[2], corners) > still:
            self.told["with the board in motion"] += 1
        elif any(_motion(view.corners, corners) < APART_SHARE * self._size[0] for view in self.views):
            self.told["where there is a view already"] += 1
        else:
            self.pictures.append(before[:2])
            self._keep(stamp_ns, image, corners, None)


def _close(a: Pose, b: Pose, metres: float, radians: float) -> bool:
    translation, angle = a.distance(b)
    return translation <= metres and angle <= radians


def _motion(a: Corners, b: Corners) -> float:
    """Mean motion of the corners that both see, px; without end when they share too few."""
    _, first, second = np.intersect1d(a.ids, b.ids, return_indices=True)
    if len(first) < LEAST_CORNERS:
        return np.inf
    return float(np.linalg.norm(a.pixels[first] - b.pixels[second], axis=1).mean())
