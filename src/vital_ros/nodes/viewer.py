"""Node viewer: a page in the browser that shows the running graph. It only listens, and only while somebody looks."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import numpy as np
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.serialization import deserialize_message
from rclpy.subscription import Subscription
from sensor_msgs.msg import Image
from std_msgs.msg import Float64
from vital_msgs.msg import ArmStatus, EpisodeLabel, ExecutorStatus, Tactile

from vital_ros.camera import Frame, open_camera
from vital_ros.config import load_config
from vital_ros.console.live_view import LiveView, Pace
from vital_ros.console.page_server import LOOPBACK, tell_url
from vital_ros.device_reader import DeviceError, DeviceReader
from vital_ros.nodes.images import from_image_msg
from vital_ros.nodes.lifecycle import LATCHED, SENSOR, NodeError, Param, ProductNode, run

RATE = 10.0
"""Hz, of pictures and of all else."""
PHASES = ("idle", "localise", "reach", "local policy", "retreat")
ARM = ("inactive", "ready", "moving", "holding", "stopped")


class Viewer(ProductNode):
    """Serves from its constructor on; raises NodeError when it cannot."""

    NAME = "viewer"
    PARAMETERS = (
        Param("task", "", "task whose tactile limit scales the touch bars"),
        Param("port", 8642, "of the page", 0, 65535),
        Param("host", LOOPBACK, "address to serve on; all but loopback takes the token in the URL that is told"),
        Param("wrist", "", "a camera in place of the topic, as wrist.device of cameras.yaml"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.config = load_config(self.param("config_dir"))
        limit = self.config.task(self.param("task")).tactile_limit if self.param("task") else 2000.0
        self._scale = limit / 4  # one value of fifteen whose norm is limited
        try:
            self._view = LiveView(self.param("port"), self.param("host"))
        except OSError as error:
            raise NodeError(
                f"port {self.param('port')} of {self.param('host')} is not free: {error.strerror}"
            ) from None
        self._paces = {name: Pace(RATE) for name in ("third", "wrist")}
        self._streams: list[Subscription] = []
        self._camera: DeviceReader[Frame] | None = None
        self._phase, self._arm, self._label, self._force = "", "", "", None
        self._tactile = b""
        self._baseline: np.ndarray | None = None
        self.create_subscription(ExecutorStatus, "policy/status", self._on_status, LATCHED)
        self.create_subscription(ArmStatus, "arm/status", self._on_arm, LATCHED)
        self.create_subscription(EpisodeLabel, "episode/label", self._on_label, 10)
        self.create_subscription(Tactile, "anyskin/baseline", self._on_baseline, LATCHED)
        self.create_timer(1 / RATE, self._tell, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._url_file = tell_url("live view", self._view.url, sys.stdout)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._look_away()
        self._view.close()
        if self._url_file is not None:
            self._url_file.unlink(missing_ok=True)
        return super().on_shutdown(state)

    # looking -------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        third = f"{self.config.cameras.third.namespace}/color/image_raw"
        self._streams = [
            self.create_subscription(Image, third, lambda data: self._on_image("third", data), SENSOR, raw=True),
            self.create_subscription(Tactile, "anyskin/tactile", self._on_tactile, SENSOR, raw=True),
            self.create_subscription(Float64, "sim/contact_force", self._on_force, 10),
        ]
        if not self.param("wrist"):
            self._streams.append(
                self.create_subscription(
                    Image, "wrist_camera/image_raw", lambda data: self._on_image("wrist", data), SENSOR, raw=True
                )
            )
            return
        camera = self.config.cameras.wrist
        reader = DeviceReader(
            lambda: open_camera(self.param("wrist"), camera.width, camera.height, camera.fps),
            self._on_frame,
            lambda line: self.get_logger().warning(f"camera '{self.param('wrist')}' {line}"),
        )
        with contextlib.suppress(DeviceError, TimeoutError):  # not there yet: the next look may find it
            reader.start(1.0)
            self._camera = reader

    def _look_away(self) -> None:
        for stream in self._streams:
            self.destroy_subscription(stream)
        self._streams = []
        if self._camera is not None:
            self._camera.close()
            self._camera = None

    def _tell(self) -> None:
        if not self._view.watched:
            self._look_away()
            return
        if not self._streams:
            self._look()
        force = "" if self._force is None else f"contact {self._force:.1f} N"
        line = "   ·   ".join(text for text in (self._phase, self._arm, force, self._label) if text)
        state: dict[str, Any] = {"line": line or "nothing is running yet", "scale": self._scale}
        if self._tactile:
            message = deserialize_message(self._tactile, Tactile)
            field = np.array(message.field, dtype=np.float64)
            pads = (field - (field if self._baseline is None else self._baseline)).reshape(message.sensors, -1)
            state |= {"pads": pads.round(1).tolist(), "norms": np.linalg.norm(pads, axis=1).round(1).tolist()}
        self._view.tell(state)

    # what is seen --------------------------------------------------------------------------------------------------

    def _on_image(self, name: str, data: bytes) -> None:
        if self._paces[name].due():
            self._view.show(name, from_image_msg(deserialize_message(data, Image), "rgb8"))

    def _on_frame(self, frame: Frame) -> None:
        if self._paces["wrist"].due():
            self._view.show("wrist", frame.image)

    def _on_tactile(self, data: bytes) -> None:
        self._tactile = data

    def _on_baseline(self, message: Tactile) -> None:
        self._baseline = np.array(message.field)

    def _on_force(self, message: Float64) -> None:
        self._force = message.data

    def _on_status(self, message: ExecutorStatus) -> None:
        step = f", step {message.step}" if message.phase == ExecutorStatus.LOCAL_POLICY else ""
        self._phase = f"{message.task}: {PHASES[message.phase]}{step}" if message.task else PHASES[message.phase]
        if message.phase == ExecutorStatus.REACH:
            self._label = ""

    def _on_arm(self, message: ArmStatus) -> None:
        self._arm = f"arm {ARM[message.state]}" + (f": {message.reason}" if message.reason else "")

    def _on_label(self, message: EpisodeLabel) -> None:
        self._label = "success" if message.success else f"failed: {message.reason}"


def main() -> int:
    return run(Viewer)


if __name__ == "__main__":
    sys.exit(main())
