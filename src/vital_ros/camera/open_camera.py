"""Opens what the configuration calls a camera."""

from __future__ import annotations

from vital_ros.camera.capture import V4L2Camera, VideoFile
from vital_ros.camera.frame import Frame
from vital_ros.camera.frame_socket import SocketCamera
from vital_ros.device_reader import Device, DeviceError


class CheckedCamera:
    """A camera whose every frame has the size that the calibration was made for."""

    def __init__(self, camera: Device[Frame], name: str, width: int, height: int):
        self._camera, self._name, self._shape = camera, name, (height, width, 3)

    def read(self) -> Frame | None:
        """As the camera's; raises DeviceError for a frame of another size."""
        frame = self._camera.read()
        if frame is not None and frame.image.shape != self._shape:
            height, width = frame.image.shape[:2]
            raise DeviceError(
                f"camera '{self._name}' gives {width} x {height}, cameras.yaml says {self._shape[1]} x {self._shape[0]}"
                "; set wrist.width, wrist.height and the k that belongs to them"
            )
        return frame

    def close(self) -> None:
        self._camera.close()


def open_camera(device: str, width: int, height: int, fps: float) -> Device[Frame]:
    """Open a camera.

    Args:
        device: a number or /dev/video…: V4L2; sim:<path>: the simulated cell's socket; else a video file, looped.
        width, height, fps: asked of a V4L2 device; every frame must have this size.

    Raises:
        DeviceError: it cannot be opened.
    """
    camera: Device[Frame]
    if device.startswith("sim:"):
        camera = SocketCamera(device.removeprefix("sim:"))
    elif device.isdigit() or device.startswith("/dev/"):
        camera = V4L2Camera(device, width, height, fps)
    else:
        camera = VideoFile(device)
    return CheckedCamera(camera, device, width, height)
