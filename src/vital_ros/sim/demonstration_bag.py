"""A demonstration's streams, written as a robot's recorder would."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vital_ros import __version__
from vital_ros.bags import EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.config import Config
from vital_ros.sim.cell import Cell

STATE_RATE = 100.0
"""Hz, of /arm/state."""
ORIGIN_NS = 10**9
"""Stamp of an episode's start: a stamp of zero would mean "unknown"."""


def metadata(cell: Cell, seed: int, config: Config) -> dict[str, object]:
    wrist, target = config.cameras.wrist, cell.target_pose()
    return {
        "task": cell.task.name,
        "source": "simulated expert",
        "seed": seed,
        "code_version": __version__,
        "frames": {"base": "link_base", "tool": "link_tcp"},
        "target": {"position": target.position.tolist(), "quaternion": target.quaternion.tolist()},
        "image": {"width": wrist.width, "height": wrist.height, "encoding": "rgb8", "policy_crop_right": 0.2},
        "rates": {"camera": wrist.fps, "tactile": cell.settings.tactile.rate, "arm_state": STATE_RATE},
    }


class Recorder:
    """Writes each stream when it is due, by accumulated time."""

    def __init__(
        self, writer: EpisodeWriter, cell: Cell, config: Config, baseline: NDArray[np.float64], film: bool
    ) -> None:
        self._writer, self._cell, self._film = writer, cell, film
        self._start = self._image_due = self._state_due = cell.time
        self._frame_period = 1 / config.cameras.wrist.fps
        self._baseline = baseline
        self._tactile_time = -1.0
        self._step = -1
        self.wrist: list[NDArray[np.uint8]] = []
        self.third: list[NDArray[np.uint8]] = []
        self.touch: list[float] = []
        wrist = config.cameras.wrist
        now = self.stamp()
        info = m.camera_info_message(wrist.width, wrist.height, wrist.k, wrist.d, "equidistant", now, "wrist_camera")
        writer.write("/wrist_camera/camera_info", info, now)
        writer.write("/anyskin/baseline", m.tactile_message(baseline, now), now)
        self.sample(0)

    def elapsed(self) -> float:
        return self._cell.time - self._start

    def stamp(self) -> int:
        return ORIGIN_NS + round(self.elapsed() * 1e9)

    def sample(self, step: int) -> None:
        cell, stamp = self._cell, self.stamp()
        if cell.time >= self._state_due - 1e-9:
            self._write("/arm/state", m.arm_state_message(cell.tcp_pose(), cell.opening, stamp))
            self._state_due += 1 / STATE_RATE
        if cell.tactile_time > self._tactile_time:
            self._write("/anyskin/tactile", m.tactile_message(cell.tactile(), stamp))
            self._tactile_time = cell.tactile_time
        if cell.time >= self._image_due - 1e-9:
            self.wrist.append(cell.render_wrist())
            for topic, image in (
                ("/wrist_camera/image_raw", self.wrist[-1]),
                ("/sim/wrist_mask", cell.render_wrist_mask()),
            ):
                self._write(f"{topic}/compressed", m.compressed_image_message(image, stamp, "wrist_camera"))
            self._image_due += self._frame_period
        if step != self._step:
            self._step = step
            self.touch.append(float(np.linalg.norm((cell.tactile() - self._baseline)[0])))
            if self._film:
                self.third.append(cell.render_third()[0])

    def _write(self, topic: str, message: object) -> None:
        self._writer.write(topic, message, self.stamp())
