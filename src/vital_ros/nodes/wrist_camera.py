"""Node wrist_camera: the fisheye on the wrist as topics."""

from __future__ import annotations

import sys

from rclpy.duration import Duration
from sensor_msgs.msg import CameraInfo, Image

from vital_ros.camera import Frame, Sight, open_camera
from vital_ros.config import WristCamera as WristCameraConfig
from vital_ros.device_reader import DeviceError, DeviceReader
from vital_ros.liveness import JudgedDevice
from vital_ros.nodes.conversions import stamp_from_seconds
from vital_ros.nodes.images import to_image_msg
from vital_ros.nodes.lifecycle import Param, ProductNode, run
from vital_ros.nodes.silence import SilenceWatch

FRAME_ID = "wrist_camera_optical_frame"
FIRST_FRAME = 5.0
"""s to wait for the first frame at configure."""


def camera_info(camera: WristCameraConfig) -> CameraInfo:
    """Calibration of the raw image; distortion model "equidistant" with four coefficients as in cv2.fisheye."""
    info = CameraInfo(width=camera.width, height=camera.height, distortion_model="equidistant", d=list(camera.d))
    k = camera.k
    info.k = list(k)
    info.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    info.p = [*k[0:3], 0.0, *k[3:6], 0.0, *k[6:9], 0.0]
    info.header.frame_id = FRAME_ID
    return info


class WristCamera(ProductNode):
    """Publishes every frame on /wrist_camera/image_raw (rgb8, raw) with its /wrist_camera/camera_info."""

    NAME = "wrist_camera"
    PARAMETERS = (
        Param("device", "", "number, /dev/video…, video file or sim:<socket>; empty: wrist.device of cameras.yaml"),
    )

    _reader: DeviceReader[Frame] | None = None

    def configure(self) -> None:
        camera = self.config.cameras.wrist
        device = self.param("device") or camera.device
        self._info = camera_info(camera)
        self._images = self.create_lifecycle_publisher(Image, "wrist_camera/image_raw", 5)
        self._infos = self.create_lifecycle_publisher(CameraInfo, "wrist_camera/camera_info", 5)
        sight = Sight(camera.frozen_after, camera.black_below)
        self._reader = DeviceReader(
            lambda: JudgedDevice(
                open_camera(device, camera.width, camera.height, camera.fps),
                sight.complaint,
                lambda line: self.get_logger().error(f"camera '{device}' {line}"),
            ),
            self._publish,
            lambda line: self.get_logger().warning(f"camera '{device}' {line}"),
        )
        self._watch = SilenceWatch(self, self._reader, "wrist camera")
        try:
            self._reader.start(FIRST_FRAME)
        except TimeoutError as error:
            raise DeviceError(f"camera '{device}' gives no frame: {error}; unplug it and plug it in again") from None

    def cleanup(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
            self._watch.close()
            self.destroy_lifecycle_publisher(self._images)
            self.destroy_lifecycle_publisher(self._infos)

    def _publish(self, frame: Frame) -> None:
        if frame.stamp is None:
            stamp = (self.get_clock().now() - Duration(seconds=frame.age)).to_msg()
        else:
            stamp = stamp_from_seconds(frame.stamp)
        self._info.header.stamp = stamp
        self._images.publish(to_image_msg(frame.image, "rgb8", stamp, FRAME_ID))
        self._infos.publish(self._info)


def main() -> int:
    return run(WristCamera)


if __name__ == "__main__":
    sys.exit(main())
