"""How well the registered pointer and the localizer do in random cluttered scenes, by what the simulator knows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vital_ros.config import Config
from vital_ros.evaluation.clutter import cluttered_scene
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.localization.localizer import Localizer
from vital_ros.localization.pointer import LocalizationError, Pointer
from vital_ros.sim import Cell
from vital_ros.sim.tasks import TASKS

RIGHT = 0.02
"""m from the object's point within which an answer means this object: its face is 4 cm wide or more."""
VISIBLE = 0.01
"""m by which the depth at the object's point may differ from where it is; more, and something covers it."""
AWAY = Pose((0.45, 0.0, -1.0))
"""Of a fixture that is not there: below the floor."""
DRAWS = 20
"""Scenes drawn until one shows its object; every place but those behind the gripper or a tall thing does."""


@dataclass(frozen=True)
class Look:
    """One picture and one query.

    Attributes:
        present: whether the object asked for is in the picture, uncovered.
        error: m, 3D distance of the answer to the object's point; None for no answer.
        pointing_time: s; None for no answer.
        message: what was said instead of an answer.
    """

    seed: int
    query: str
    present: bool
    error: float | None
    pointing_time: float | None
    message: str = ""

    @property
    def right(self) -> bool:
        return self.error is not None and self.error <= RIGHT


class PointingTrials:
    """Scenes of one task, one a seed; three looks each: at its object, at the scene without it, and for another one."""

    def __init__(self, task: str, pointer: Pointer, config: Config):
        """Raise ConfigError for an unknown task."""
        third = config.cameras.third
        self._camera = PinholeCamera.from_k(third.k)
        self._camera_pose = Pose(third.placement.position, third.placement.quaternion)
        self._localizer = Localizer(pointer, self._camera_pose, config.robot.arm.workspace, config.localizer.checks)
        self._cell = Cell(task, config)
        self._lifted = self._cell.task.thickness is not None
        self._prompt = self._cell.limits.prompt
        self._others = [config.task(name).prompt for name in TASKS if name != task]

    def looks(self, seeds: Sequence[int]) -> Iterator[list[Look]]:
        """Of each seed: present, absent, and another object asked for. The depth has noise and holes (cell.yaml)."""
        for seed in seeds:
            image, depth, point = self._scene(seed)
            present = self._look(seed, image, depth, self._prompt, point)
            other = self._look(seed, image, depth, self._others[seed % len(self._others)], None)
            self._cell.reset(seed, target=AWAY)
            absent = self._look(seed, *self._cell.render_third(), self._prompt, None)
            yield [present, absent, other]

    def close(self) -> None:
        self._cell.close()

    def _scene(self, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float64]]:
        """Picture, depth and the object's point, m; the first draw in which the camera sees that point."""
        for draw in range(DRAWS):
            scene = cluttered_scene(seed, draw, lifted=self._lifted)
            self._cell.appearance = scene.appearance
            self._cell.reset(seed, target=scene.target.pose(self._cell.task))
            image, depth = self._cell.render_third()
            point = self._cell.target_pose().apply(np.negative(self._cell.limits.target_offset))
            if self._sees(depth, point):
                return image, depth, point
        raise RuntimeError(f"no scene of seed {seed} shows the object in {DRAWS} draws")

    def _sees(self, depth: NDArray[np.float32], point: NDArray[np.float64]) -> bool:
        inside = self._camera_pose.inverse().apply(point)
        column, row = (round(float(value)) for value in self._camera.project(inside))
        if not (5 <= row < depth.shape[0] - 5 and 5 <= column < depth.shape[1] - 5):
            return False
        around = depth[row - 2 : row + 3, column - 2 : column + 3]
        return bool(abs(np.median(around[around > 0]) - inside[2]) < VISIBLE)

    def _look(
        self, seed: int, image: NDArray[np.uint8], depth: NDArray[np.float32], query: str,
        point: NDArray[np.float64] | None,
    ) -> Look:  # fmt: skip
        begin = time.perf_counter()
        try:
            found = self._localizer.locate(image, depth, self._camera, query)
        except LocalizationError as error:
            return Look(seed, query, point is not None, None, None, str(error))
        off = float(np.linalg.norm(found.point - point)) if point is not None else np.inf
        return Look(seed, query, point is not None, off, time.perf_counter() - begin)
