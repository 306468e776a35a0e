"""Rendering without a window: one EGL context, any picture size up to the largest asked for."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray


class RenderError(RuntimeError):
    """No off-screen rendering on this machine; the message says what to install."""


class Offscreen:
    """Draws cameras of one model. Bound to the thread that makes it: make, use and close it in one thread.

    Raises:
        RenderError: EGL is missing.
    """

    def __init__(self, model: mujoco.MjModel, width: int, height: int):
        self._model = model
        model.vis.global_.offwidth, model.vis.global_.offheight = width, height
        model.vis.quality.offsamples = 0  # smoothing costs more than the picture itself on a CPU
        try:
            from mujoco.egl import GLContext  # loads libEGL

            self._gl = GLContext(width, height)
            self._gl.make_current()
            self._context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        except Exception as error:  # whatever the missing library makes OpenGL's loader raise
            raise RenderError(
                f"cannot render: no EGL here ({error}); install libegl1, libgl1-mesa-dri and libgles2"
            ) from None
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
        self._scene = mujoco.MjvScene(model, maxgeom=2000)
        self._option = mujoco.MjvOption()
        self._option.sitegroup[:] = 0

    def upload_texture(self, name: str) -> None:
        """Send the changed pixels of a texture of the model to the renderer."""
        mujoco.mjr_uploadTexture(self._model, self._context, self._model.texture(name).id)

    def show(self, *groups: int) -> None:
        """Which groups of geoms are drawn from now on; collision geometry is group 3."""
        self._option.geomgroup[:] = [group in groups for group in range(6)]

    def rgb(self, data: mujoco.MjData, camera: str, width: int, height: int) -> NDArray[np.uint8]:
        """(height, width, 3)"""
        return self._draw(data, camera, width, height, segmentation=False)[0]

    def rgbd(
        self, data: mujoco.MjData, camera: str, width: int, height: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Colour (height, width, 3) and distance along the optical axis in m, (height, width)."""
        rgb, raw = self._draw(data, camera, width, height, segmentation=False, depth=True)
        extent = self._model.stat.extent
        near, far = self._model.vis.map.znear * extent, self._model.vis.map.zfar * extent
        return rgb, (near / (1 - raw * (1 - near / far))).astype(np.float32)

    def geom_ids(self, data: mujoco.MjData, camera: str, width: int, height: int) -> NDArray[np.int32]:
        """Index of the geom seen in every pixel, -1 for none, (height, width)."""
        rgb, _ = self._draw(data, camera, width, height, segmentation=True)
        code = rgb.astype(np.int32) @ np.array([1, 256, 65536])  # index in the scene, plus one
        geoms = np.full(self._scene.ngeom + 1, -1, np.int32)
        for geom in self._scene.geoms[: self._scene.ngeom]:
            if geom.segid >= 0 and geom.objtype == mujoco.mjtObj.mjOBJ_GEOM:
                geoms[geom.segid + 1] = geom.objid
        return geoms[code]

    def close(self) -> None:
        self._context.free()
        self._gl.free()

    def _draw(
        self, data: mujoco.MjData, camera: str, width: int, height: int, segmentation: bool, depth: bool = False
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        view = mujoco.MjvCamera()
        view.type, view.fixedcamid = mujoco.mjtCamera.mjCAMERA_FIXED, self._model.camera(camera).id
        everything = mujoco.mjtCatBit.mjCAT_ALL
        mujoco.mjv_updateScene(self._model, data, self._option, None, view, everything, self._scene)
        flags = self._scene.flags  # each update sets them anew
        flags[mujoco.mjtRndFlag.mjRND_SHADOW] = flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = False
        flags[mujoco.mjtRndFlag.mjRND_SEGMENT] = flags[mujoco.mjtRndFlag.mjRND_IDCOLOR] = segmentation
        viewport = mujoco.MjrRect(0, 0, width, height)
        self._gl.make_current()
        mujoco.mjr_render(viewport, self._scene, self._context)
        rgb = np.empty((height, width, 3), np.uint8)
        distance = np.empty((height, width), np.float32) if depth else None
        mujoco.mjr_readPixels(rgb, distance, viewport, self._context)
        return rgb[::-1], (distance[::-1] if distance is not None else np.empty((0, 0), np.float32))


def probe() -> None:
    """Draw a small picture; raise RenderError where that is impossible."""
    spec = mujoco.MjSpec()
    spec.worldbody.add_camera(name="eye")
    model = spec.compile()
    screen = Offscreen(model, 32, 32)
    screen.rgb(mujoco.MjData(model), "eye", 32, 32)
    screen.close()
