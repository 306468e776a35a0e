"""The cell's cameras, from a snapshot of its state: usable beside running physics, in a thread of its own."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import mujoco
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.config import CamerasConfig, ConfigError
from vital_ros.geometry import Pose
from vital_ros.sim.appearance import MAX_DISTRACTORS, Appearance, Distractor
from vital_ros.sim.config import Imperfections
from vital_ros.sim.gripper import pose_linkage
from vital_ros.sim.lens import SOURCE_SIZE, Fisheye
from vital_ros.sim.offscreen import Offscreen
from vital_ros.sim.patterns import Pattern
from vital_ros.sim.scene import TABLE_SIDE, TEXTURE_SIZE
from vital_ros.sim.xarm7 import ARM_GROUP

_SHAPES = {
    "box": mujoco.mjtGeom.mjGEOM_BOX,
    "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
    "sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
    "ellipsoid": mujoco.mjtGeom.mjGEOM_ELLIPSOID,
    "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
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
        self._worn: tuple[Appearance, Path | None] | None = None
        self._screen: Offscreen | None = None
        self._holds = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, "grasp") >= 0
        tops = {name: self._model.body(name).id for name in ("gripper", "part", "fixture")}
        self._foreground = np.array([self._descends(b, set(tops.values())) for b in self._model.geom_bodyid] + [False])

    def wrist(self, snapshot: Snapshot) -> NDArray[np.uint8]:
        """Fisheye frame, RGB, (height, width, 3)."""
        screen = self._show(snapshot, 0, 2)
        frame = self._fisheye.view(screen.rgb(self._data, "wrist", SOURCE_SIZE, SOURCE_SIZE))
        noise = self._rng(snapshot, 0).standard_normal(frame.shape, np.float32) * self._imperfections.image_noise
        return np.clip(frame + noise + 0.5, 0, 255).astype(np.uint8)

    def wrist_mask(self, snapshot: Snapshot) -> NDArray[np.uint8]:
        """255 where gripper, part or fixture is seen, (height, width)."""
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
        look = (snapshot.appearance, snapshot.appearance.picture(snapshot.seed))
        if look != self._worn:
            self._dress(*look, self._screen)
            self._worn = look
        place_body(self._model, "fixture", snapshot.fixture)
        if self._holds:
            place_body(self._model, "grasp", snapshot.grasp)
        pose_linkage(self._model, snapshot.opening)
        self._data.qpos[:] = snapshot.qpos
        self._screen.show(*groups)
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)
        mujoco.mj_camlight(self._model, self._data)
        return self._screen

    def _dress(self, look: Appearance, picture: Path | None, screen: Offscreen) -> None:
        model = self._model
        texture = model.texture("table")
        pixels = _table_cover(look, picture)
        start = int(texture.adr[0])
        model.tex_data[start : start + pixels.size] = pixels.ravel()
        screen.upload_texture("table")
        model.material("table").rgba[:] = (*look.tint(), 1.0)
        model.geom("floor").rgba[:] = (*look.floor, 1.0)
        model.light("lamp").pos[:] = look.light.position
        model.light("lamp").diffuse[:] = look.light.diffuse * np.array(look.light.colour)
        model.vis.headlight.ambient[:] = look.ambient
        for index in range(MAX_DISTRACTORS):
            geom = model.geom(f"distractor{index}")
            if index < len(look.distractors):
                _place_distractor(geom, look.distractors[index])
            else:
                geom.pos[2] = -5.0


def _table_cover(look: Appearance, picture: Path | None) -> NDArray[np.uint8]:
    """RGB, (TEXTURE_SIZE, TEXTURE_SIZE, 3); white without a cover."""
    if picture is not None:
        read = cv2.imread(str(picture), cv2.IMREAD_COLOR)
        if read is None:
            raise ConfigError(f"appearance: texture '{picture}' is not a readable picture")
        small = cv2.resize(read, (TEXTURE_SIZE, TEXTURE_SIZE), interpolation=cv2.INTER_AREA)
        return np.asarray(small[..., ::-1], dtype=np.uint8)
    if look.pattern is not None:
        return _drawn(look.pattern)
    return np.full((TEXTURE_SIZE, TEXTURE_SIZE, 3), 255, np.uint8)


@lru_cache(maxsize=8)
def _drawn(pattern: Pattern) -> NDArray[np.uint8]:
    """As _table_cover; kept, since trials take turns between a few tables and drawing one takes up to half a second."""
    return pattern.draw(TEXTURE_SIZE, TABLE_SIDE)


def place_body(model: mujoco.MjModel, name: str, pose: Pose) -> None:
    """Move a body that has no joint, relative to its parent."""
    x, y, z, w = pose.quaternion
    body = model.body(name)
    body.pos[:], body.quat[:] = pose.position, (w, x, y, z)


def _place_distractor(geom: mujoco._structs._MjModelGeomViews, thing: Distractor) -> None:
    x, _, z = thing.size
    height = x if thing.shape == "sphere" else z  # of the centre above the underside
    geom.type[:] = _SHAPES[thing.shape]
    geom.size[:] = {"cylinder": (x, z, 0), "sphere": (x, 0, 0), "capsule": (z, x, 0)}.get(thing.shape, thing.size)
    geom.pos[:] = (*thing.position, thing.bottom + height)
    lying = Rotation.from_euler("y", np.pi / 2 if thing.shape == "capsule" else 0.0)
    a, b, c, w = (Rotation.from_euler("z", thing.yaw) * lying).as_quat()
    geom.quat[:] = (w, a, b, c)
    geom.sameframe[:] = mujoco.mjtSameFrame.mjSAMEFRAME_NONE  # compiled unturned, its rotation would be ignored
    geom.rgba[:] = (*thing.colour, 1.0)
