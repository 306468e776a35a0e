"""What surrounds the robot and the fixture: table, floor, lamp, distractors, third camera."""

from __future__ import annotations

import mujoco
import numpy as np

from vital_ros.config import CamerasConfig
from vital_ros.config.cameras import Placement
from vital_ros.geometry import Pose
from vital_ros.sim.appearance import MAX_DISTRACTORS
from vital_ros.sim.lens import source_fov

TABLE_SIDE = 1.8
"""m"""
TEXTURE_SIZE = 1024
"""px: 1.8 mm each, about what a pixel of the wrist camera covers from 10 cm."""
_OPTICAL_TO_MUJOCO = Pose((0, 0, 0), (1, 0, 0, 0))
"""MuJoCo's cameras look along -z with y up."""


def add_scene(spec: mujoco.MjSpec) -> None:
    """Table with its top at z = 0, floor, sky, lamp and parked distractors."""
    texture = mujoco.mjtTexture.mjTEXTURE_2D
    spec.add_texture(name="table", type=texture, builtin=mujoco.mjtBuiltin.mjBUILTIN_FLAT, nchannel=3,
                     rgb1=[1, 1, 1], rgb2=[1, 1, 1], width=TEXTURE_SIZE, height=TEXTURE_SIZE)  # fmt: skip
    spec.add_texture(name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX, builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
                     rgb1=[0.75, 0.77, 0.80], rgb2=[0.45, 0.46, 0.48], width=64, height=64)  # fmt: skip
    material = spec.add_material(name="table", specular=0.1)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "table"
    world = spec.worldbody
    world.add_geom(name="table", type=mujoco.mjtGeom.mjGEOM_BOX, pos=[0.6, 0, -0.02], material="table",
                   size=[TABLE_SIDE / 2, TABLE_SIDE / 2, 0.02], contype=2, conaffinity=1,
                   friction=[0.3, 0.005, 0.0001])  # fmt: skip
    world.add_geom(name="floor", type=mujoco.mjtGeom.mjGEOM_PLANE, pos=[0, 0, -0.75], size=[4, 4, 0.1],
                   rgba=[0.42, 0.41, 0.40, 1], contype=0, conaffinity=0)  # fmt: skip
    world.add_light(name="lamp", pos=[0.6, -0.3, 1.6], dir=[0, 0, -1], diffuse=[0.55] * 3, specular=[0.2] * 3,
                    castshadow=False)  # fmt: skip
    for index in range(MAX_DISTRACTORS):
        world.add_geom(name=f"distractor{index}", type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.01] * 3, pos=[0, 0, -5],
                       contype=0, conaffinity=0)  # fmt: skip
    spec.visual.headlight.ambient, spec.visual.headlight.diffuse = [0.4] * 3, [0.15] * 3
    spec.visual.headlight.specular = [0.0] * 3
    spec.visual.map.znear, spec.visual.map.zfar, spec.stat.extent = 0.005, 20.0, 1.0  # m: finger tips are near


def add_cameras(spec: mujoco.MjSpec, gripper: mujoco.MjsBody, cameras: CamerasConfig) -> None:
    """Add `wrist` (the wide pinhole view that the lens bends) and `third`."""
    _add_camera(gripper, "wrist", cameras.wrist.placement, fovy=np.rad2deg(source_fov(cameras.wrist)))
    third = cameras.third
    fx, _, cx, _, fy, cy = third.k[:6]
    # MuJoCo measures the principal point from the picture's centre, and pixel centres are at whole numbers in K
    shift = [cx - (third.width - 1) / 2, (third.height - 1) / 2 - cy]
    chip = 0.01 * np.array([1, third.height / third.width])  # m; only its shape matters
    _add_camera(spec.worldbody, "third", third.placement, resolution=[third.width, third.height],
                focal_pixel=[fx, fy], principal_pixel=shift, sensor_size=chip)  # fmt: skip


def _add_camera(body: mujoco.MjsBody, name: str, placement: Placement, **optics: object) -> None:
    pose = Pose(placement.position, placement.quaternion) @ _OPTICAL_TO_MUJOCO
    x, y, z, w = pose.quaternion
    body.add_camera(name=name, pos=pose.position, quat=[w, x, y, z], **optics)
