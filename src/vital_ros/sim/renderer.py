"""The cell's cameras, from a snapshot of its state: usable beside running physics, in a thread of its own."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import cv2
import mujoco
import numpy as np
from numpy.typing import NDArray

from vital_ros.config import CamerasConfig, ConfigError
from vital_ros.geometry import Pose
from vital_ros.sim.appearance import MAX_DISTRACTORS, Appearance, Distractor
from vital_ros.sim.config import Imperfections
from vital_ros.sim.gripper import pose_linkage
from vital_ros.sim.lens import SOURCE_SIZE, Fisheye
from vital_ros.sim.offscreen import Offscreen
from vital_ros.sim.scene import TEXTURE_SIZE
from vital_ros.sim.xarm7 import ARM_GROUP

_SHAPES = {
    "box": mujoco.mjtGeom.mjGEOM_BOX,
    "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
    "sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
}


@dataclass(frozen=True)
class Snapshot:
    """All that a picture depends on."""

    time: float
    """s"""
    seed: int
    qpos: NDArray[np.float64]
    opening: float
    fixture: Pose
    """In link_base."""
    grasp: Pose
    """Of the held part at rest, in link7."""
    appearance: Appearance


class CellRenderer:
    """Draws snapshots. Owns copies of model and data; its GL context belongs to the thread that draws first."""

    def __init__(self, model: mujoco.MjModel, cameras: CamerasConfig, imperfections: Imperfections):
        self._model = copy.copy(model)
        self._data = mujoco.MjData(self._model)
        self._third = cameras.third
        self._fisheye = Fisheye(cameras.wrist)
        self._imperfections = imperfections
        self._appearance: Appearance | None = None
        self._screen: Offscreen | None = None
        tops = {name: self._model.body(name).id for name in ("gripper", "held", "fixture")}
        self._foreground = np.array([self._descends(b, set(tops.values())) for b in self._model.geom_bodyid] + [False])

    def wrist(self, snapshot: Snapshot) -> NDArray[np.uint8]:
        """Fisheye frame, RGB, (height, width, 3)."""
        screen = self._show(snapshot, 0, 2)
        frame = self._fisheye.view(screen.rgb(self._data, "wrist", SOURCE_SIZE, SOURCE_SIZE))
        noise = self._rng(snapshot, 0).standard_normal(frame.shape, np.float32) * self._imperfections.image_noise
        return np.clip(frame + noise + 0.5, 0, 255).astype(np.uint8)

    def wrist_mask(self, snapshot: Snapshot) -> NDArray[np.uint8]:
        """255 where gripper, held part or fixture is seen, (height, width)."""
        screen = self._show(snapshot, 0, 2)
        geoms = screen.geom_ids(self._data, "wrist", SOURCE_SIZE, SOURCE_SIZE)
        return self._fisheye.mask(np.where(self._foreground[geoms], 255, 0).astype(np.uint8))

    def third(self, snapshot: Snapshot) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Colour (480, 640, 3) and depth in m (480, 640), 0 where there is no reading."""
        screen = self._show(snapshot, 0, ARM_GROUP, 2)
        rgb, depth = screen.rgbd(self._data, "third", self._third.width, self._third.height)
        rng, flaws = self._rng(snapshot, 1), self._imperfections
        depth = depth * (1 + flaws.depth_noise * rng.standard_normal(depth.shape, np.float32))
        depth[rng.random(depth.shape) < flaws.depth_holes] = 0.0
        return np.ascontiguousarray(rgb), depth

    def close(self) -> None:
        """Free the context, in the thread that drew."""
        if self._screen is not None:
            self._screen.close()
            self._screen = None

    def _descends(self, body: int, ancestors: set[int]) -> bool:
        while body not in ancestors and body != 0:
            body = self._model.body_parentid[body]
        return body in ancestors

    @staticmethod
    def _rng(snapshot: Snapshot, stream: int) -> np.random.Generator:
        """Noise that depends on the snapshot alone."""
        return np.random.default_rng([snapshot.seed, round(snapshot.time * 1e6), stream])

    def _show(self, snapshot: Snapshot, *groups: int) -> Offscreen:
        if self._screen is None:
            width, height = max(SOURCE_SIZE, self._third.width), max(SOURCE_SIZE, self._third.height)
            self._screen = Offscreen(self._model, width, height)
        if snapshot.appearance != self._appearance:
            self._dress(snapshot.appearance, self._screen)
        place_body(self._model, "fixture", snapshot.fixture)
        place_body(self._model, "grasp", snapshot.grasp)
        pose_linkage(self._model, snapshot.opening)
        self._data.qpos[:] = snapshot.qpos
        self._screen.show(*groups)
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)
        mujoco.mj_camlight(self._model, self._data)
        return self._screen

    def _dress(self, look: Appearance, screen: Offscreen) -> None:
        model = self._model
        texture = model.texture("table")
        pixels: NDArray[np.uint8] = np.full((TEXTURE_SIZE, TEXTURE_SIZE, 3), 255, np.uint8)
        if look.texture is not None:
            picture = cv2.imread(str(look.texture), cv2.IMREAD_COLOR)
            if picture is None:
                raise ConfigError(f"appearance: texture '{look.texture}' is not a readable picture")
            small = cv2.resize(picture, (TEXTURE_SIZE, TEXTURE_SIZE), interpolation=cv2.INTER_AREA)
            pixels = np.asarray(small[..., ::-1], dtype=np.uint8)
        start = int(texture.adr[0])
        model.tex_data[start : start + pixels.size] = pixels.ravel()
        screen.upload_texture("table")
        model.material("table").rgba[:] = (*look.table, 1.0)
        model.light("lamp").pos[:] = look.light.position
        model.light("lamp").diffuse[:] = look.light.diffuse
        model.vis.headlight.ambient[:] = look.ambient
        for index in range(MAX_DISTRACTORS):
            geom = model.geom(f"distractor{index}")
            if index < len(look.distractors):
                _place_distractor(geom, look.distractors[index])
            else:
                geom.pos[2] = -5.0
        self._appearance = look


def place_body(model: mujoco.MjModel, name: str, pose: Pose) -> None:
    """Move a body that has no joint, relative to its parent."""
    x, y, z, w = pose.quaternion
    body = model.body(name)
    body.pos[:], body.quat[:] = pose.position, (w, x, y, z)


def _place_distractor(geom: mujoco._structs._MjModelGeomViews, thing: Distractor) -> None:
    geom.type[:] = _SHAPES[thing.shape]
    radius, height = thing.size[0], thing.size[0] if thing.shape == "sphere" else thing.size[2]
    geom.size[:] = {"box": thing.size, "cylinder": (radius, height, 0), "sphere": (radius, 0, 0)}[thing.shape]
    geom.pos[:] = (*thing.position, height)
    geom.quat[:] = (np.cos(thing.yaw / 2), 0, 0, np.sin(thing.yaw / 2))
    geom.rgba[:] = (*thing.colour, 1.0)
