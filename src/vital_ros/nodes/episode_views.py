"""Collects what an episode looked like: wrist and third camera, for its video."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import Image

from vital_ros.config import Config
from vital_ros.evaluation.video import compose
from vital_ros.nodes.images import from_image_msg
from vital_ros.nodes.lifecycle import SENSOR

PERIOD = 0.1  # s between kept frames
LIMIT = 1800  # frames kept at most, three minutes


class EpisodeViews:
    """Frames of the running episode; images arrive serialised, only those kept are decoded."""

    def __init__(self, node: Node, config: Config, tactile_limit: float):
        self.frames: list[NDArray[np.uint8]] = []
        self.last_views: list[NDArray[np.uint8] | None] = []
        self.tactile: list[float] = []
        self.caption = ""
        self._limit = tactile_limit
        self._running = False
        self._due = 0.0
        self._wrist: NDArray[np.uint8] | None = None
        self._third: NDArray[np.uint8] | None = None
        third = f"{config.cameras.third.namespace}/color/image_raw"
        node.create_subscription(Image, "wrist_camera/image_raw", self._on_wrist, SENSOR, raw=True)
        node.create_subscription(Image, third, self._on_third, SENSOR, raw=True)

    def start(self) -> None:
        self.frames, self.tactile, self._wrist = [], [0.0], None
        self._running = True

    def stop(self) -> None:
        self._running = False
        self.last_views.append(self._wrist)

    def _on_wrist(self, data: bytes) -> None:
        if not self._running or time.monotonic() < self._due or len(self.frames) >= LIMIT:
            return
        self._due = time.monotonic() + PERIOD
        self._wrist = from_image_msg(deserialize_message(data, Image), "rgb8")
        third = self._third if self._third is not None else np.zeros((480, 640, 3), np.uint8)
        self.frames.append(compose(self._wrist, third, self.tactile, self._limit, self.caption))

    def _on_third(self, data: bytes) -> None:
        if self._running:
            self._third = from_image_msg(deserialize_message(data, Image), "rgb8")
